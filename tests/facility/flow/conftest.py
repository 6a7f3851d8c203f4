"""A stage on a fresh work database with the small estate's staff."""

from collections.abc import Callable

import pytest

from facility.store.sql import SqlWork
from tests.harness.flow_stage import Stage
from tests.harness.small_site import small_site


@pytest.fixture
def stage(staffed_work: Callable[[], SqlWork]) -> Stage:
    """The stage."""
    return Stage(small_site(), staffed_work())
