"""A port: where the bytes of a serial line come from and go to."""

from collections.abc import Callable
from typing import Protocol


class Port(Protocol):
    """One serial line, at this machine or behind a serial server."""

    async def open(self, heard: Callable[[bytes], None], lost: Callable[[str], None]) -> None:
        """Open it; from now on `heard` gets what comes, and `lost` is called when it is gone. WireLost."""
        ...

    def send(self, frame: bytes) -> None:
        """Put a frame on the line."""
        ...

    def close(self) -> None:
        """Close it."""
        ...


def nobody(_: object) -> None:
    """Hears a port that is not open."""
