"""Free loopback ports."""

import os
import random
import socket

QUIET = range(18_000, 32_000)  # below the range from which systems give ports to outgoing connections
SIDE_BY_SIDE = 8  # test processes that may run at once, each with ports of its own
_chance = random.SystemRandom()
_given: set[int] = set()  # never twice in one test process: an estate takes ten at once before it binds any


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nothing listens on now, and that no outgoing connection will be given."""
    while True:
        port = _chance.choice(_mine())
        if port in _given:
            continue
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        _given.add(port)
        return port


def _mine() -> range:
    """The ports of this process among those that pytest-xdist runs side by side (gw0, gw1, …)."""
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % SIDE_BY_SIDE
    return QUIET[number::SIDE_BY_SIDE]
