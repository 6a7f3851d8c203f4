"""Jobs by the calendar: one table. Each is idempotent and reads from rows what there is to do, so that a missed tick costs nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from facility.domain.asset import Site
from facility.domain.state import AssetState
from facility.flow.count_use import count_use
from facility.flow.erase_resident import erase_old_residents
from facility.flow.list_unresolved import list_unresolved, prompt_unassigned
from facility.flow.make_reports import Meters, make_reports
from facility.flow.plan_work import plan_work
from facility.flow.tell_of_due import tell_of_due
from facility.flow.tell_of_gaps import tell_of_gaps
from facility.flow.tell_the_day import tell_the_day
from facility.flow.watch_duties import watch_duties
from facility.ports import WorkUnit


@dataclass(frozen=True, slots=True)
class Job:
    """What is run, in a transaction of its own, at which minutes of each hour (cron); and whenever a leader starts.

    None: nothing in a transaction; another thread is woken. `values`: what is run with the present values.
    `meters`: what is run with the months that the meter reader read.
    """

    name: str
    minute: str
    run: Callable[[Site, WorkUnit, datetime], object] | None
    values: Callable[[Site, WorkUnit, datetime, Mapping[str, AssetState]], object] | None = None
    meters: Callable[[Site, WorkUnit, datetime, Meters], object] | None = None


ROLL_UP = Job("roll_up", "*", None)
JOBS = (
    Job("watch_duties", "*", watch_duties),
    Job("count_use", "*", None, count_use),
    Job("plan_work", "*/5", plan_work),
    Job("tell_of_gaps", "3", tell_of_gaps),
    Job("list_unresolved", "*/5", list_unresolved),
    Job("prompt_unassigned", "*/5", prompt_unassigned),
    Job("make_reports", "*/10", None, meters=make_reports),
    Job("tell_of_due", "*", tell_of_due),
    Job("tell_the_day", "*", tell_the_day),
    Job("erase_old_residents", "7", erase_old_residents),
    ROLL_UP,
)
