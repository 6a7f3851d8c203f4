"""A program's heartbeat: a file in its data folder that it touches while its loop turns, for the health check of this machine."""

import logging
import time
from pathlib import Path

log = logging.getLogger(__name__)

EVERY = 5.0  # seconds between two beats
SILENT = 30.0  # seconds after which a program that did not beat is not well
FOLDER = "alive"


class Heartbeat:
    """Call it with each turn of the loop; all but one in five seconds cost a comparison."""

    def __init__(self, data: Path, program: str) -> None:
        self._file = data / FOLDER / program
        self._next = 0.0
        self._fails = False

    def __call__(self) -> None:
        """Beat when it is time to; a disk that refuses is said once."""
        at = time.monotonic()
        if at < self._next:
            return
        self._next = at + EVERY
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._file.touch()
        except OSError as error:
            if not self._fails:
                log.warning("health checks will call us dead: %s cannot be touched (%s)", self._file, error.strerror)
            self._fails = True
        else:
            self._fails = False


def fault_of(data: Path, program: str) -> str:
    """Why the program counts as dead; empty: it is alive. OSError."""
    file = data / FOLDER / program
    try:
        silence = time.time() - file.stat().st_mtime
    except FileNotFoundError:
        return f"has not run in {data} yet: there is no {file}"
    return "" if silence < SILENT else f"stands still, or does not run: its last beat was {silence:.0f} s ago"
