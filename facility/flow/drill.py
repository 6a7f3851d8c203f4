"""Drill: begin and end one, and write its evaluation; alerts of simulated assets that begin meanwhile are marked."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from facility.domain.asset import Site
from facility.domain.drill import LONGEST, Drill
from facility.domain.errors import Conflict
from facility.ports import Scenario, WorkUnit

LATEST = 3  # drills among which one that covers a time is looked for


def begin(
    unit: WorkUnit, scenario: Scenario, *, by: int, lasts: timedelta, participants: Sequence[str], at: datetime
) -> Drill:
    """The drill's row, before the scenario is played: whatever it causes is marked. Conflict when one runs."""
    if not timedelta(0) < lasts <= LONGEST:
        raise Conflict(f"a drill lasts up to {LONGEST.total_seconds() / 3600:.0f} hours")
    person = unit.people.get(by)
    return unit.drills.add(
        Drill(0, scenario.name, scenario.title, at, person.id, at + lasts, participants=tuple(participants))
    )


def end(unit: WorkUnit, drill: int, at: datetime) -> Drill:
    """The drill, ended; one that is over stays as it is. NotFound."""
    before = unit.drills.get(drill)
    if not before.runs(at):
        return before
    after = replace(before, ended_at=at)
    unit.drills.change(after)
    return after


def evaluate(unit: WorkUnit, drill: int, words: str, by: int, at: datetime) -> Drill:
    """What was learnt; Conflict while it runs, NotFound."""
    before = unit.drills.get(drill)
    if before.runs(at):
        raise Conflict(f"drill {drill} is still running: end it first")
    after = replace(before, evaluation=words, evaluated_by=by)
    unit.drills.change(after)
    return after


def running(unit: WorkUnit, now: datetime) -> Drill | None:
    """The drill that goes on."""
    return next((drill for drill in unit.drills.recent(1) if drill.runs(now)), None)


def drill_of(site: Site, unit: WorkUnit, asset: str, onset: datetime) -> int | None:
    """The drill that an alert of this asset belongs to: it began within one, at an asset that simulators serve."""
    known = site.assets.get(asset)  # a link stands for itself
    if site.drills is None or (known.link if known else asset) not in site.drills.links:
        return None
    return next((drill.id for drill in unit.drills.recent(LATEST) if drill.covers(onset)), None)
