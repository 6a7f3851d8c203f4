"""G8: everything comes three times and in any order, from fifty writers at once: one alert, one notice a step and person."""

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest

from facility.domain.condition import Edge, EdgeKind
from facility.domain.errors import StoreError
from facility.flow.memory import Memory
from facility.flow.tick import tick
from facility.store.sql import SqlWork
from tests.harness.flow_stage import START
from tests.harness.lengths import length
from tests.harness.small_site import small_site, staff
from tests.harness.wait import until
from tests.torture.gatehouse import Gatehouse

pytestmark = [pytest.mark.kill, pytest.mark.timeout(600)]

SAMPLES = length(100, 2000)
WRITERS = 50
SEED = 8


def test_samples_come_three_times_and_shuffled(make_gatehouse: Callable[..., Gatehouse]) -> None:
    """Gate 2 is free up to a time and jammed from then on: whatever comes first, it jammed once."""
    house = make_gatehouse()
    house.begin()
    messages = [(house.passage(), "gate-1/event") for _ in range(SAMPLES)]
    for step in range(10):
        messages.append((state(house, jammed=step >= 5), "gate-2/state"))
        house.clock.advance(0.5)
    messages *= 3
    random.Random(SEED).shuffle(messages)
    for message, topic in messages:
        house.tell(message, topic)
    until(lambda: house.told(2), "the keeper is told", within=60)
    wanted = sorted(house.sent.items())
    until(lambda: set(house.stored()) >= set(wanted), "each passage is stored", within=60)
    house.jam_and_wait(3)
    assert house.stored() == wanted
    assert sorted(alert.asset for alert in house.alerts()) == ["gate-2", "gate-3"]
    assert (house.times_told(2), house.times_told(3)) == (1, 1)


def state(house: Gatehouse, *, jammed: bool) -> str:
    return json.dumps({"jammed": jammed, "time": house.now().isoformat()})


@pytest.fixture
def works(prepared_url: str) -> Iterator[list[SqlWork]]:
    """Fifty programs' doors to one work database."""
    works = [SqlWork(prepared_url, "small") for _ in range(WRITERS)]
    yield works
    for work in works:
        work.close()


def test_fifty_writers_make_one_alert_and_one_notice_a_step(works: list[SqlWork], tmp_path: Path) -> None:
    """Each writer takes in the same edges three times, shuffled, and plays the leader: now, and when the second step is due."""
    site = small_site("http://127.0.0.1:9/wecom", "http://127.0.0.1:9/hook", tmp_path / "hook.secret")
    with works[0].writing() as unit:
        for person in staff():
            unit.people.put(person)
    edges = [
        Edge("main", number, asset, rule, EdgeKind.OPENED, START, START)
        for number, (asset, rule) in enumerate(
            [("panel-1", "fire_alarm"), ("pump-1", "pressure_low"), ("incomer-1", "breaker_tripped")], 1
        )
    ]

    def write(number: int, seconds: int) -> None:
        mine = edges * 3
        random.Random(number).shuffle(mine)
        start.wait(30)
        for part in length([mine], [[edge] for edge in mine]):
            insist(works[number], lambda unit, part=part: unit.conditions.take(part))  # type: ignore[misc]
        now = START + timedelta(seconds=seconds)
        insist(works[number], lambda unit: tick(site, unit, {}, Memory(), now))

    for seconds in length([1, 130], [1, 130, 400]):
        start = Barrier(WRITERS)
        with ThreadPoolExecutor(WRITERS) as pool:
            list(pool.map(write, range(WRITERS), [seconds] * WRITERS))
    with works[0].reading() as unit:
        alerts = unit.alerts.recent(1000)
        notices = [notice for alert in alerts for notice in unit.notices.of_alert(alert.id)]
        taken = len(unit.conditions.recent(1000))
    assert sorted((alert.asset, alert.rule) for alert in alerts) == sorted((edge.asset, edge.rule) for edge in edges)
    assert taken == len(edges)
    steps = Counter((notice.alert, notice.rung, notice.person, notice.channel) for notice in notices)
    assert max(steps.values()) == 1
    assert {notice.rung for notice in notices} >= {0, 1}


def insist(work: SqlWork, do: Callable[..., object]) -> None:
    """One transaction; tried again while the database is busy, as the programs do."""

    def done() -> bool:
        try:
            with work.writing() as unit:
                do(unit)
        except StoreError:
            return False
        return True

    until(done, "the database takes it", within=120)
