"""Rehearse: a drill's row and the scenario that belongs to it, begun and ended together."""

from datetime import timedelta

from facility.domain.drill import Asked, Drill
from facility.domain.errors import FacilityError, NotFound
from facility.flow.drill import begin, end, running
from facility.ports import Clock, Stage, Work


def begin_drill(work: Work, stage: Stage, asked: Asked, clock: Clock) -> Drill:
    """The row first, so that everything the scenario causes is marked; ended again when the simulators refuse.

    NotFound: no such scenario or person; Conflict: a drill runs; StageAway, StageRefused.
    """
    scenario = next((one for one in stage.scenarios() if one.name == asked.scenario), None)
    if scenario is None:
        raise NotFound("scenario", asked.scenario)
    lasts = timedelta(minutes=asked.minutes)
    with work.writing() as unit:
        drill = begin(unit, scenario, by=asked.by, lasts=lasts, participants=asked.participants, at=clock.now())
    try:
        stage.play(scenario.name)
    except FacilityError:
        with work.writing() as unit:
            end(unit, drill.id, clock.now())
        raise
    return drill


def end_drill(work: Work, stage: Stage, drill: int, clock: Clock) -> Drill:
    """The simulators first, so that what they still cause is marked; then the row.

    The row ends even when the simulators do not answer any more: StageAway, StageRefused then. NotFound. When another drill
    runs by now, the scenario is its own and plays on.
    """
    with work.reading() as unit:
        before, now_running = unit.drills.get(drill), running(unit, clock.now())
    if now_running is not None and now_running.id != drill:
        return before
    try:
        stage.stop()
    finally:
        with work.writing() as unit:
            ended = end(unit, drill, clock.now())
    return ended
