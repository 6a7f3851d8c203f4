"""The few packets of MQTT 3.1.1 that an examination needs, so that each code of the broker's answers is seen as it came."""

import socket
import ssl
import struct
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

CONNACK, PUBLISH, SUBACK = 2, 3, 9
REFUSED = 0x80  # of a topic in SUBACK
ANSWER = 5.0  # seconds that a broker may take for an answer


class NoMqtt(Exception):
    """What answers there does not speak MQTT."""


class MqttWire:
    """One connection to a broker; a context manager."""

    def __init__(self, host: str, port: int, tls: ssl.SSLContext | None) -> None:
        self._socket = socket.create_connection((host, port), ANSWER)
        if tls is not None:
            try:
                self._socket = tls.wrap_socket(self._socket, server_hostname=host)
            except OSError:
                self._socket.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def connect(self, client_id: str, username: str, password: str, *, clean: bool) -> tuple[int, bool]:
        """The broker's code (0 accepted, 4 bad user or password, 5 not authorised …) and whether it kept our session."""
        flags = (2 if clean else 0) | (0x80 | 0x40 if username else 0)
        body = _text("MQTT") + bytes([4, flags]) + struct.pack(">H", 20) + _text(client_id)
        if username:
            body += _text(username) + _text(password)
        self._send(0x10, body)
        answer = self._packet(ANSWER)
        if answer is None or answer[0] != CONNACK or len(answer[1]) != 2:
            raise NoMqtt
        return answer[1][1], bool(answer[1][0] & 1)

    def subscribe(self, topics: Sequence[str]) -> list[int]:
        """The broker's code for each topic: a granted QoS, or REFUSED."""
        self._send(0x82, struct.pack(">H", 1) + b"".join(_text(topic) + b"\x01" for topic in topics))
        end = time.monotonic() + ANSWER
        while (left := end - time.monotonic()) > 0:
            packet = self._packet(left)
            if packet is not None and packet[0] == SUBACK:
                return list(packet[1][2:])
        raise NoMqtt

    def hears(self, seconds: float) -> bool:
        """Does any message come within so many seconds?"""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            packet = self._packet(left)
            if packet is None:
                return False
            if packet[0] == PUBLISH:
                return True
        return False

    def leave(self) -> None:
        """Say goodbye."""
        self._send(0xE0, b"")

    def _send(self, head: int, body: bytes) -> None:
        length, rest = bytearray(), len(body)
        while True:
            rest, low = rest >> 7, rest & 0x7F
            length.append(low | (0x80 if rest else 0))
            if not rest:
                break
        self._socket.sendall(bytes([head]) + bytes(length) + body)

    def _packet(self, within: float) -> tuple[int, bytes] | None:
        """Type and body of the next packet; None when none comes in time. NoMqtt when the broker hangs up."""
        self._socket.settimeout(within)
        try:
            head = self._read(1)[0]
            length = shift = 0
            while True:
                byte = self._read(1)[0]
                length |= (byte & 0x7F) << shift
                shift += 7
                if not byte & 0x80 or shift > 21:
                    break
            return head >> 4, self._read(length)
        except TimeoutError:
            return None

    def _read(self, length: int) -> bytes:
        data = b""
        while len(data) < length:
            piece = self._socket.recv(length - len(data))
            if not piece:
                raise NoMqtt
            data += piece
        return data


def _text(text: str) -> bytes:
    data = text.encode()
    return struct.pack(">H", len(data)) + data
