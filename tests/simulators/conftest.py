"""The demo estate for the simulators' tests: as it is, and on free ports."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from facility.clock import SystemClock
from facility.domain.asset import Site
from facility.site import load
from simulators.estate import Estate
from tests.harness.ports import free_port

DEMO = Path(__file__).resolve().parents[2] / "examples" / "demo" / "site.yaml"


@pytest.fixture(scope="session")
def demo() -> Site:
    return load(DEMO)


@pytest.fixture
def moved(demo: Site) -> Site:
    """The demo with every link on a free port of this machine."""
    links = {id: replace(link, host="127.0.0.1", port=free_port()) for id, link in demo.links.items()}
    return replace(demo, links=links)


@pytest.fixture
async def estate(moved: Site) -> AsyncIterator[Estate]:
    """The estate's Modbus servers, with time standing still: `estate.stage.step()` moves it."""
    estate = Estate(moved, SystemClock(), own_broker=False)
    await estate.start()
    try:
        yield estate
    finally:
        await estate.stop()
