"""A storm (G16): the vendor's limit of 20 messages a minute is never passed, and level 1 is told in time, in simulated time."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from facility.domain.asset import Site
from facility.domain.notice import Answer, ChannelSpec, Notice, Verdict
from facility.domain.rule import Rule
from facility.flow.settle import settle
from facility.ports import Outgoing
from facility.store.sql import SqlWork
from scheduler.sender import Sender
from tests.harness.flow_stage import START, Stage
from tests.harness.small_site import small_site
from tests.harness.wait import until

LIMIT, MINUTE, BLOCK = 20, 60.0, 600.0
LEVEL_1, OTHERS = 30, 170


@dataclass
class Vendor:
    """A robot that takes 20 messages in any minute; one more, and it takes none for ten minutes."""

    seconds: Callable[[], float]
    times: deque[float] = field(default_factory=deque)
    blocked_until: float = 0.0
    passed: int = 0
    taken: list[str] = field(default_factory=list)

    def send(self, outgoing: Outgoing) -> Answer:
        at = self.seconds()
        while self.times and at - self.times[0] >= MINUTE:
            self.times.popleft()
        self.times.append(at)
        if len(self.times) > LIMIT:
            self.passed += 1
            self.blocked_until = at + BLOCK
        if at < self.blocked_until:
            return Answer(Verdict.TRY_LATER, "130101", "sending too fast", timedelta(seconds=BLOCK))
        self.taken.append(outgoing.key)
        return Answer(Verdict.ACCEPTED, "0")


@dataclass
class Storm(Stage):
    """The stage with the product's own sender between outbox and vendors."""

    sender: Sender | None = None

    def monotonic(self) -> float:
        return (self.now - START).total_seconds()

    def send(self) -> None:
        assert self.sender is not None
        while True:
            with self.work.reading() as unit:
                due = unit.notices.due(self.now, self.sender.most_at_once)
            self.sender.offer(due, outgoing)
            if not self.sender.on_their_way:
                return
            for outcome in until(self.sender.outcomes, "an answer"):
                assert outcome.answer is not None
                with self.work.writing() as unit:
                    settle(self.site, unit, outcome.notice, outcome.answer, self.now)
                self.sender.release(outcome)


def outgoing(notice: Notice) -> Outgoing:
    return Outgoing(notice.key, "", "t", "t", "", notice.level)


def stormy(site: Site) -> Site:
    """Many rules of each level, and two channels that both have the limit."""
    limited = {
        name: ChannelSpec(name, spec.kind, spec.url, settings={"per_minute": LIMIT})
        for name, spec in site.channels.items()
    }
    panel, pump = site.assets["panel-1"], site.assets["pump-1"]
    fires = many(panel.rules["fire_alarm"], LEVEL_1)
    lows = many(replace(pump.rules["pressure_low"], order=False), OTHERS)
    assets = {
        **site.assets,
        "panel-1": replace(panel, rules={**panel.rules, **fires}),
        "pump-1": replace(pump, rules={**pump.rules, **lows}),
    }
    return replace(site, assets=assets, channels=limited)


def many(rule: Rule, count: int) -> dict[str, Rule]:
    return {f"{rule.id}_{n}": replace(rule, id=f"{rule.id}_{n}", order=False) for n in range(count)}


@pytest.fixture
def storm(staffed_work: Callable[[], SqlWork]) -> tuple[Storm, dict[str, Vendor]]:
    site = stormy(small_site())
    stage = Storm(site, staffed_work())
    vendors = {name: Vendor(stage.monotonic) for name in site.channels}
    stage.sender = Sender(site.channels, lambda spec: vendors[spec.id], stage, lambda: True)  # type: ignore[arg-type]
    return stage, vendors


@pytest.mark.two_engines
@pytest.mark.timeout(240)
def test_the_limit_is_never_passed_and_every_level_1_is_told_in_time(storm: tuple[Storm, dict[str, Vendor]]) -> None:
    stage, vendors = storm
    for second in range(10):  # the others first: level 1 must overtake them
        for number in range(second * OTHERS // 10, (second + 1) * OTHERS // 10):
            stage.opens("pump-1", f"pressure_low_{number}")
        if second >= 5:
            for number in range((second - 5) * LEVEL_1 // 5, (second - 4) * LEVEL_1 // 5):
                stage.opens("panel-1", f"fire_alarm_{number}")
        stage.tick()
    for _ in range(150):
        stage.tick(2)
    assert {name: vendor.passed for name, vendor in vendors.items()} == {"wecom": 0, "hook": 0}
    with stage.work.reading() as unit:
        alerts = unit.alerts.unclosed()
        deadlines = {alert.id: unit.alerts.deadline(alert.id) for alert in alerts}
        flood = unit.alert_records.flood()
    level_1 = [alert for alert in alerts if alert.level == 1]
    assert (len(level_1), len(alerts)) == (LEVEL_1, LEVEL_1 + OTHERS)
    untold = [alert.rule for alert in level_1 if deadlines[alert.id].met_at is None]
    assert untold == []
    waited = max(deadlines[alert.id].met_at - alert.onset for alert in level_1)  # type: ignore[operator]
    assert waited <= timedelta(seconds=300)
    assert flood is not None
    assert flood.peak == LEVEL_1 + OTHERS
    with stage.work.reading() as unit:
        told = [notice for notice in unit.notices.waiting() if notice.key.startswith("flood:")]
    taken = [key for vendor in vendors.values() for key in vendor.taken if key.startswith("flood:")]
    assert len({key.rpartition(":")[0] for key in [*taken, *(notice.key for notice in told)]}) == 1, "told once"
