"""A stage for the flow: real work database, collectors played by hand, channels that answer as told, time that a test moves."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from facility.domain.alert import Alert
from facility.domain.asset import Site
from facility.domain.condition import Edge, EdgeKind
from facility.domain.notice import Answer, Notice, NoticeState, Verdict
from facility.domain.reading import BadReason, Quality, Value
from facility.domain.state import AssetState, PointState
from facility.flow.compose import ALERT
from facility.flow.memory import Memory
from facility.flow.settle import settle
from facility.flow.tick import Ticked, tick
from facility.ports import Work

START = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)  # a Monday, 14:00 in Shanghai
Answers = Callable[[Notice], Answer | None]


def accept(_notice: Notice) -> Answer | None:
    """Every channel accepts."""
    return Answer(Verdict.ACCEPTED, "0")


@dataclass
class Stage:
    """What a flow test moves."""

    site: Site
    work: Work
    answers: Answers = accept
    now: datetime = START
    memory: Memory = field(default_factory=Memory)
    states: dict[str, AssetState] = field(default_factory=dict)
    sequence: int = 0
    sent: list[Notice] = field(default_factory=list)

    def edge(
        self, kind: EdgeKind, asset: str, rule: str, onset: datetime | None = None, **best: Value | str | None
    ) -> None:
        """A collector's edge, decided now; `best` may name another collector."""
        self.sequence += 1
        edge = Edge("main", self.sequence, asset, rule, kind, onset or self.now, self.now)
        with self.work.writing() as unit:
            unit.conditions.take([replace(edge, **best)])  # type: ignore[arg-type]

    def opens(self, asset: str, rule: str, onset: datetime | None = None, **best: Value | str | None) -> None:
        """A condition opens."""
        self.edge(EdgeKind.OPENED, asset, rule, onset, **best)

    def ends(self, asset: str, rule: str, **best: Value | str | None) -> None:
        """It ends."""
        self.edge(EdgeKind.ENDED, asset, rule, **best)

    def knows(self, asset: str, *, online: bool = True, quality: Quality = Quality.GOOD, **points: Value) -> None:
        """The asset's present values, acquired now."""
        shown = {name: PointState(value, quality, BadReason.NONE, self.now) for name, value in points.items()}
        self.states[asset] = AssetState(asset, self.now, online, shown)

    def tick(self, seconds: float = 1.0) -> Ticked:
        """Time passes; then one tick, and the sending of what is due."""
        self.now += timedelta(seconds=seconds)
        with self.work.writing() as unit:
            ticked = tick(self.site, unit, self.states, self.memory, self.now)
        self.send()
        return ticked

    def run(self, seconds: int) -> None:
        """So many ticks, a second apart."""
        for _ in range(seconds):
            self.tick()

    def send(self) -> None:
        """One attempt for each notice that is due; None hangs: no answer yet."""
        with self.work.reading() as unit:
            due = unit.notices.due(self.now, 1000)
        for notice in due:
            answer = self.answers(notice)
            if answer is not None:
                with self.work.writing() as unit:
                    settle(self.site, unit, notice, answer, self.now)
                if answer.verdict is Verdict.ACCEPTED:
                    self.sent.append(notice)

    def restart(self) -> None:
        """Another leader, with nothing in its memory."""
        self.memory = Memory()

    def alerts(self) -> list[Alert]:
        """All alerts, oldest first."""
        with self.work.reading() as unit:
            return unit.alerts.recent(1000)[::-1]

    def notices(self, alert: int) -> list[Notice]:
        """An alert's notices."""
        with self.work.reading() as unit:
            return unit.notices.of_alert(alert)

    def states_of(self, alert: int) -> Mapping[tuple[int, str], NoticeState]:
        """(rung, channel) → state."""
        return {(notice.rung, notice.channel): notice.state for notice in self.notices(alert)}

    def events(self, alert: int) -> list[str]:
        """What happened to an alert."""
        with self.work.reading() as unit:
            return [event.what for event in unit.alerts.events(alert)]

    def person(self, login: str) -> int:
        """A person's number."""
        with self.work.reading() as unit:
            return next(person.id for person in unit.people.all() if person.login == login)

    def told(self, alert: int, message: str = ALERT) -> list[str]:
        """Logins of those whose notice a channel accepted, in order; or of those to whom another message went."""
        with self.work.reading() as unit:
            login = {person.id: person.login for person in unit.people.all()}
        of_alert = [notice for notice in self.sent if notice.alert == alert]
        return [login[notice.person] for notice in of_alert if notice.message.id == message]
