"""The leader's lease: who leads beats every two seconds; who stands by takes over when the beat stands still for ten.

Ages are measured on the reader's own monotonic clock; a leader of this machine whose process is gone is followed at once.
"""

import logging
import os
import socket
from dataclasses import dataclass, field
from pathlib import Path

from facility.ports import Clock, Lease, Work

log = logging.getLogger(__name__)

NAME = "scheduler"
BEAT_EVERY = 2.0  # seconds
SILENT_FOR = 10.0  # seconds of an unchanged beat after which the leader counts as gone


def holder_of_this_process() -> str:
    """A name for this process that tells machine, process space, process and its start apart."""
    return f"{_space()}:{os.getpid()}:{_started(os.getpid())}"


@dataclass(slots=True)
class StandBy:
    """Watches the lease and takes it when its time has come."""

    work: Work
    clock: Clock
    holder: str
    _seen: Lease | None = field(default=None, init=False)
    _since: float = field(default=0.0, init=False)
    _told: int = field(default=0, init=False)

    def look(self) -> Lease | None:
        """One look; the lease when it is ours now. StoreUnavailable."""
        with self.work.reading() as unit:
            found = unit.leases.read(NAME)
        if found != self._seen:
            self._seen, self._since = found, self.clock.monotonic()
        silent = self.clock.monotonic() - self._since >= SILENT_FOR
        if found is not None and not silent and not is_gone(found.holder):
            if found.epoch != self._told:
                self._told = found.epoch
                log.info("standing by: another process leads with epoch %d", found.epoch)
            return None
        with self.work.writing() as unit:
            return unit.leases.seize(NAME, self.holder, found)


def is_gone(holder: str) -> bool:
    """The holder is a process of this machine and process space that does not run any more (or was started anew)."""
    space, _, rest = holder.rpartition(":")[0].rpartition(":")
    started = holder.rpartition(":")[2]
    return space == _space() and rest.isdecimal() and bool(started) and _started(int(rest)) != started


def _space() -> str:
    """Host name, boot and process space: equal only where process numbers mean the same."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{socket.gethostname()}/{boot[:8]}/{Path('/proc/self/ns/pid').readlink()}".replace(":", "")
    except OSError:
        return f"{socket.gethostname()}/{os.getpid()}"  # nothing to compare with: never "gone"


def _started(pid: int) -> str:
    """When the process was started, in ticks since boot; empty when there is none (a zombie has ended)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] == "Z" else fields[19]
