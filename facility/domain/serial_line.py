"""A serial line: its settings, and how long characters and rests take on it."""

from dataclasses import dataclass
from enum import StrEnum

BAUD_RATES = (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600)
DATA_BITS = 8  # RTU knows no other
_REST_CHARACTERS = 3.5  # between two frames
_FAST, _LEAST_REST = 19200, 0.00175  # above this rate the rest no longer shrinks with the characters


class Parity(StrEnum):
    """The check bit of each character."""

    NONE = "none"
    EVEN = "even"
    ODD = "odd"


@dataclass(frozen=True, slots=True)
class SerialLine:
    """One RS-485 (or RS-232) line. `device`: its path on this machine; empty when a serial server has it."""

    device: str = ""
    baud: int = 9600
    parity: Parity = Parity.NONE
    stop_bits: int = 1

    @property
    def character_bits(self) -> int:
        """Bits of one character on the line: start bit, data, parity, stop bits."""
        return 1 + DATA_BITS + (self.parity is not Parity.NONE) + self.stop_bits

    @property
    def silent_interval(self) -> float:
        """Seconds of silence that end a frame: 3.5 characters, and never less than 1.75 ms above 19200 baud."""
        rest = _REST_CHARACTERS * self.character_bits / self.baud
        return max(rest, _LEAST_REST) if self.baud > _FAST else rest

    def seconds(self, characters: int) -> float:
        """How long so many characters take."""
        return characters * self.character_bits / self.baud

    def __str__(self) -> str:
        """As people write it: 9600 8N1."""
        return f"{self.baud} {DATA_BITS}{self.parity.value[0].upper()}{self.stop_bits}"
