"""The main flow, once a second: condition → alert → notice → order → escalation, in one transaction of the leader."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from facility.domain.asset import Site
from facility.domain.state import AssetState
from facility.flow.chase import chase
from facility.flow.judge_site import judge_site
from facility.flow.keep_quiet import quiet_now
from facility.flow.memory import Memory
from facility.flow.raise_alerts import raise_alerts
from facility.flow.tell_of_orders import tell_of_orders
from facility.flow.watch_flood import watch_flood
from facility.ports import WorkUnit


@dataclass(frozen=True, slots=True)
class Ticked:
    """What one tick did and saw."""

    raised: int  # new alerts
    missed: int  # deadlines found missed
    unfinished: int  # orders


def tick(site: Site, unit: WorkUnit, states: Mapping[str, AssetState], memory: Memory, now: datetime) -> Ticked:
    """Judge the site's rules, raise alerts for what is open, tell who works on orders, and chase who has not answered.

    Everything follows from rows and `now`: a tick that fails is rolled back, its memory thrown away, and the next one
    does the same again.
    """
    conditions = judge_site(site, unit, states, memory, now)
    quiet = quiet_now(site, unit, states, conditions, now)
    raised = raise_alerts(site, unit, conditions, quiet, memory, now)
    unfinished = tell_of_orders(site, unit, memory, now)
    missed = chase(site, unit, memory, now)
    watch_flood(site, unit, now)
    return Ticked(len(raised), missed, unfinished)
