"""A clock that a test sets from outside, across processes: hand `environment` to the programs, then `advance` or `step`."""

import struct
from pathlib import Path

_SHIFT = struct.Struct("<dd")


class SharedClock:
    """Moves the clock of every process that was started with `environment`."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "clock"
        self._advanced = self._stepped = 0.0
        self._write()

    @property
    def environment(self) -> dict[str, str]:
        """The variable that makes a program follow this clock."""
        return {"FACILITY_CLOCK": str(self._path)}

    def advance(self, seconds: float) -> None:
        """Let time pass: monotonic and wall clock together."""
        self._advanced += seconds
        self._write()

    def step(self, seconds: float) -> None:
        """Set the wall clock forward or back, as NTP or a person does; the monotonic clock does not move."""
        self._stepped += seconds
        self._write()

    def _write(self) -> None:
        data = _SHIFT.pack(self._advanced, self._stepped)
        if not self._path.exists():
            self._path.write_bytes(data)
            return
        with self._path.open("r+b") as file:
            file.write(data)
