"""Planning: 10 000 plans reconciled over a year, twice, beside the raw expansion; and a simulated year of the demo estate.

FACILITY_BENCH_POSTGRES_URL names an empty PostgreSQL database; without it only SQLite is measured.
"""

import os
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

from facility.domain.asset import Site
from facility.domain.expand import expand
from facility.domain.occurrence import Occurrence, OccurrenceState
from facility.domain.order import Order, OrderState, OrderStep, WorkKind, open_steps
from facility.domain.person import Person
from facility.domain.plan import Plan
from facility.domain.text import Title
from facility.domain.trigger import EXPANDABLE, Cadence, Calendar
from facility.flow.carry_out import carry_out
from facility.flow.check_work import bench_for
from facility.flow.plan_work import plan_work
from facility.flow.reconcile_plans import PORTION, reconcile_plans
from facility.ports import Work, WorkUnit
from facility.site import load
from facility.site.people import read_people
from facility.store.sql import SqlWork
from tests.harness.checklists import in_order

DEMO = Path(__file__).resolve().parents[1] / "examples" / "demo"
TODAY = date(2026, 1, 1)
YEAR = timedelta(days=365)
MIX = (
    *(Cadence.WEEKLY,) * 3,
    *(Cadence.MONTHLY,) * 4,
    *(Cadence.QUARTERLY,) * 2,
    Cadence.HALF_YEARLY,
    Cadence.YEARLY,
    Cadence.HALF_MONTHLY,
)
DONE_AT_ONCE = 0.9  # of the orders are finished on their day; the others some days later, or never
SEED = 7


def reconciled(plans: int) -> dict[str, float]:
    """Seconds of the raw expansion, and of each reconciliation on each engine."""
    site = with_plans(load(DEMO / "site.yaml"), plans)
    began = time.perf_counter()
    slots = sum(1 for plan in site.plans.values() for _ in expanded(plan))
    figures = {"plans": float(plans), "slots": float(slots), "raw_seconds": time.perf_counter() - began}
    with tempfile.TemporaryDirectory() as folder:
        urls = {"sqlite": f"sqlite:///{folder}/work.db", "postgres": os.environ.get("FACILITY_BENCH_POSTGRES_URL", "")}
        for engine, url in urls.items():
            if url:
                with closing(SqlWork(url, site.id)) as work:
                    work.prepare()
                    for turn in ("first", "second"):
                        began = time.perf_counter()
                        with work.writing() as unit:
                            added = reconcile_plans(site, unit, TODAY, YEAR - PORTION).added
                        figures[f"{engine}_{turn}_seconds"] = time.perf_counter() - began
                        figures[f"{engine}_{turn}_added"] = float(added)
    return figures


def with_plans(site: Site, number: int) -> Site:
    """The site with so many plans of one asset each."""
    assets = list(site.assets)
    plans = {}
    for n in range(number):
        id, trigger = f"plan-{n}", Calendar(MIX[n % len(MIX)])
        assert isinstance(trigger, EXPANDABLE)
        asset = (assets[n % len(assets)],)
        plans[id] = Plan(id, Title(id, id), WorkKind.MAINTENANCE, trigger, asset, (), "maintaining", TODAY)
    return replace(site, plans=plans)


def expanded(plan: Plan) -> list[object]:
    """The slots of a year, and nothing else."""
    assert isinstance(plan.trigger, EXPANDABLE)
    return list(expand(plan.trigger, plan.start, TODAY, TODAY + YEAR))


def simulated_year() -> dict[str, float]:
    """Each day of 2026 the ledger is reconciled and people do the orders of the day, most of them in time. Seeded."""
    site, random = load(DEMO / "site.yaml"), Random(SEED)
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, closing(SqlWork(f"sqlite:///{folder}/work.db", site.id)) as work:
        work.prepare()
        with work.writing() as unit:
            for person in read_people(DEMO / "people.yaml", site):
                unit.people.put(person)
        for day in range(365):
            now = datetime(2026, 1, 1, 1, 0, tzinfo=UTC) + timedelta(days=day)
            with work.writing() as unit:
                plan_work(site, unit, now)
            _work(site, work, now, random)
        took = time.perf_counter() - began
        with work.reading() as unit:
            ended = [
                each
                for each in unit.occurrences.between(TODAY, date(2026, 12, 31))
                if each.slot.last <= date(2026, 12, 30)
            ]
            weeks = orders_a_week(unit)
    return {"seconds": took, **states_of(ended), **weeks}


def states_of(ended: list[Occurrence]) -> Mapping[str, float]:
    """How the slots of the year ended."""
    states = Counter(each.state.value for each in ended)
    waiting = sum(each.state in (OccurrenceState.PLANNED, OccurrenceState.OPEN) for each in ended)
    return {
        "slots": float(len(ended)),
        **{name: float(states[name]) for name in sorted(states)},
        "unaccounted": float(waiting),
    }


def orders_a_week(unit: WorkUnit) -> Mapping[str, float]:
    """Orders opened in a whole week: the fewest, the median, the most."""
    found = Counter(order.opened_at.isocalendar().week for order in unit.orders.recent(100_000))
    numbers = sorted(found[week] for week in range(2, 53))
    return {"week_least": numbers[0], "week_median": numbers[len(numbers) // 2], "week_most": numbers[-1]}


def _work(site: Site, work: Work, now: datetime, random: Random) -> None:
    """People do most of what is open, and others check it."""
    with work.writing() as unit:
        everybody = unit.people.all()
        for order in unit.orders.recent(500, unfinished_only=True):
            if random.random() < DONE_AT_ONCE:
                _finish(site, unit, order, everybody, now)


def _finish(site: Site, unit: WorkUnit, order: Order, everybody: list[Person], now: datetime) -> None:
    if order.state is not OrderState.ISSUED or order.person is None:
        return
    for step in (OrderStep.ACCEPT, OrderStep.FINISH, OrderStep.PASS_CHECK, OrderStep.PASS_SPOT_CHECK):
        now_is = unit.orders.get(order.id)
        bench = bench_for(site, unit, now_is)
        able = sorted(person.id for person in everybody if step in open_steps(now_is, person.id, bench))
        if able:
            carry_out(
                site, unit, order=order.id, version=now_is.version, step=step, person=able[0], key=str(step), at=now,
                note="done", given=in_order(site, unit, order.id, step)
            )  # fmt: skip
