"""`python -m collectors`: reads every device of the site."""

import fcntl
import logging
import os
import sys
from pathlib import Path

import uvloop

from collectors.program import NAME, Collectors
from collectors.recorder import Recorder
from facility.domain.errors import Refusal
from facility.wiring import start

log = logging.getLogger("collectors")


def main() -> int:
    """Exit code 0 after SIGTERM; 1 when settings, site file or data folder cannot be used."""
    try:
        program = start(NAME)
        lock = _lock(program.settings.data / "collectors.lock")
        stores = program.history(), program.live(), program.work()
        settings = program.settings
        record = None
        if settings.record:
            record = Recorder(settings.record, program.site.id, program.clock, settings.record_mb)
        collectors = Collectors(program.site, settings.data, program.clock, *stores, record)
        uvloop.run(collectors.run())
        os.close(lock)
    except (Refusal, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _lock(path: Path) -> int:
    """Two collectors on one journal would give one number twice: the second is refused."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise Refusal(
            f"{path} is locked: other collectors run on this folder. Stop them, or set FACILITY_DATA."
        ) from None
    return descriptor


if __name__ == "__main__":
    sys.exit(main())
