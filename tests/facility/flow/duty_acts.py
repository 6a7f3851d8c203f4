"""What tests of duties do with the stage: somebody is away, stands in, sleeps, has a roster; an alert of each level."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from facility.domain.person import QuietHours
from facility.domain.roster import Roster, Shift
from facility.flow.enter_absence import enter_absence
from facility.flow.enter_rosters import enter_rosters
from facility.flow.name_deputies import deputies_of_person, deputies_of_position
from facility.flow.tell_of_gaps import tell_of_gaps
from facility.flow.watch_duties import watch_duties
from tests.harness.flow_stage import Stage

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
NIGHT = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)  # midnight in Shanghai
MORNING = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)  # 07:00
QUIET = QuietHours(time(22), time(7))
MONDAY = date(2026, 11, 23)


def away(stage: Stage, login: str, begin: datetime | None = None, until: datetime | None = None) -> None:
    with stage.work.writing() as unit:
        enter_absence(unit, unit.people.named(login).id, begin or stage.now, until, "leave", stage.now)


def deputy(stage: Stage, of: str, *logins: str) -> None:
    with stage.work.writing() as unit:
        chosen = [unit.people.named(login).id for login in logins]
        if of in stage.site.positions:
            deputies_of_position(stage.site, unit, of, chosen, stage.now)
        else:
            deputies_of_person(unit, unit.people.named(of).id, chosen, stage.now)


def quiet(stage: Stage, *logins: str) -> None:
    with stage.work.writing() as unit:
        for login in logins:
            unit.people.put(replace(unit.people.named(login), quiet=QUIET))


def roster(stage: Stage, position: str, *turns: tuple[str, tuple[str, ...]], id: str = "turns") -> None:
    shifts = {"day": Shift("day", time(8), time(20)), "night": Shift("night", time(20), time(8))}
    with stage.work.writing() as unit:
        for login, _ in turns:
            person = unit.people.named(login)
            unit.people.put(replace(person, positions=tuple(dict.fromkeys((*person.positions, position)))))
        numbers = {unit.people.named(login).id: turn for login, turn in turns}
        enter_rosters(unit, (Roster(id, position, MONDAY - DAY, shifts, numbers),), stage.now)


def watch(stage: Stage) -> int:
    with stage.work.writing() as unit:
        return watch_duties(stage.site, unit, stage.now)


def tell(stage: Stage) -> int:
    with stage.work.writing() as unit:
        return tell_of_gaps(stage.site, unit, stage.now)


def fire(stage: Stage) -> int:
    """A level-1 alert."""
    stage.opens("panel-1", "fire_alarm")
    stage.run(2)
    return next(alert.id for alert in stage.alerts() if alert.kind == "fire_alarm")


def low_pressure(stage: Stage) -> int:
    """A level-2 alert."""
    stage.opens("pump-1", "pressure_low")
    stage.run(2)
    return next(alert.id for alert in stage.alerts() if alert.kind == "pressure_low")


def trip(stage: Stage) -> int:
    """A level-3 alert."""
    stage.opens("incomer-1", "breaker_tripped")
    stage.run(2)
    return next(alert.id for alert in stage.alerts() if alert.kind == "breaker_tripped")
