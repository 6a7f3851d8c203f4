"""One program of collectors a data folder: two on one journal would give one number twice."""

import fcntl
import os
from pathlib import Path

from facility.domain.errors import Refusal

LOCK = "collectors.lock"  # in the data folder: held by the collectors that run


def held(data: Path) -> int:
    """The lock, as an open file; Refusal when others have it."""
    path = data / LOCK
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise Refusal(
            f"{path} is locked: other collectors run on this folder. Stop them, or set FACILITY_DATA."
        ) from None
    return descriptor


def others_run(data: Path) -> bool:
    """Other collectors run on this data folder."""
    try:
        with (data / LOCK).open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
