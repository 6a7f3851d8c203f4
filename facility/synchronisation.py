"""Is this machine's clock held by a time source? Asked of the kernel, which every NTP program tells (Linux only)."""

import ctypes
import os
import sys
from dataclasses import dataclass
from pathlib import Path

_UNSYNCHRONISED, _NANOSECONDS = 0x0040, 0x2000  # STA_UNSYNC, STA_NANO of <sys/timex.h>
_ERROR = 5  # TIME_ERROR: what adjtimex returns for a clock that nobody holds
_PROGRAMS = {"chronyd": "chrony", "systemd-timesyncd": "systemd-timesyncd", "systemd-timesyn": "systemd-timesyncd"} | {
    name: name for name in ("ntpd", "openntpd", "ptp4l", "phc2sys")
}


class _Timex(ctypes.Structure):
    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        *((name, ctypes.c_long) for name in ("constant", "precision", "tolerance", "seconds", "fraction", "tick")),
        ("rest", ctypes.c_byte * 128),
    )


@dataclass(frozen=True, slots=True)
class Synchronisation:
    """What the kernel says. `offset` (still to be corrected) and `most` (largest error it admits) in seconds."""

    held: bool
    offset: float
    most: float


def synchronisation() -> Synchronisation | None:
    """The clock's state now; None where the kernel cannot be asked."""
    if not sys.platform.startswith("linux"):
        return None
    state = _Timex()
    try:
        answer = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(state))  # modes 0: reads, changes nothing
    except (OSError, AttributeError):
        return None
    if answer < 0:
        return None
    unit = 1e9 if state.status & _NANOSECONDS else 1e6
    held = answer != _ERROR and not state.status & _UNSYNCHRONISED
    return Synchronisation(held, state.offset / unit, state.maxerror / 1e6)


def time_programs() -> list[str]:
    """Programs on this machine that hold a clock; in a container those of the machine around it are not seen."""
    found = set()
    for entry in os.listdir("/proc") if Path("/proc/self").exists() else ():
        if entry.isdecimal():
            try:
                name = Path(f"/proc/{entry}/comm").read_text(encoding="utf-8", errors="replace").strip()
            except OSError:
                continue  # it has just ended
            if name in _PROGRAMS:
                found.add(_PROGRAMS[name])
    return sorted(found)
