"""Rehearse: a drill's row and the scenario that belongs to it, begun and ended together."""

from datetime import datetime, timedelta

from facility.domain.drill import Asked, Drill
from facility.domain.errors import FacilityError, NotFound
from facility.flow.drill import begin, end
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


def end_drill(work: Work, stage: Stage, drill: int, at: datetime) -> Drill:
    """The row's end counts even when the simulators do not answer any more: StageAway then."""
    with work.writing() as unit:
        ended = end(unit, drill, at)
    stage.stop()
    return ended
