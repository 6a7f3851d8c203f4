"""A gatehouse for each test, and a vendor that accepts."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.harness.servers import Server
from tests.harness.vendor import Vendor
from tests.torture.gatehouse import Gatehouse


@pytest.fixture
def make_gatehouse(tmp_path: Path, broker: Server) -> Iterator[Callable[..., Gatehouse]]:
    """Makes a gatehouse (`work_url`, and variables of the programs' environment); it is ended with the test."""
    made: list[Gatehouse] = []
    with Vendor() as vendor:

        def make(work_url: str = "", **environment: str) -> Gatehouse:
            made.append(Gatehouse(tmp_path, broker, vendor, work_url, **environment))
            return made[-1]

        yield make
        for house in made:
            house.close()
