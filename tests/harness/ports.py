"""Free loopback ports."""

import random
import socket

QUIET = range(18_000, 32_000)  # below the range from which systems give ports to outgoing connections
_chance = random.SystemRandom()
_given: set[int] = set()  # never twice in one test process: an estate takes ten at once before it binds any


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nothing listens on now, and that no outgoing connection will be given."""
    while True:
        port = _chance.choice(QUIET)
        if port in _given:
            continue
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        _given.add(port)
        return port
