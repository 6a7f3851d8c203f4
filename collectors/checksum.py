"""CRC-16 of Modbus RTU frames."""

_POLYNOMIAL = 0xA001  # x¹⁶ + x¹⁵ + x² + 1, lowest bit first


def _row(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ (_POLYNOMIAL if byte & 1 else 0)
    return byte


_TABLE = tuple(_row(byte) for byte in range(256))


def checksum(data: bytes) -> bytes:
    """The two bytes that stand behind `data` in a frame; those of a whole frame are zero."""
    crc = 0xFFFF
    for byte in data:
        crc = crc >> 8 ^ _TABLE[(crc ^ byte) & 0xFF]
    return crc.to_bytes(2, "little")
