"""The agenda and the breaker in simulated time: deadlines kept while they can be, and a dead unit hurts nobody (C2)."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.agenda import SLOT, Agenda, Job, Unit
from collectors.breaker import FIRST_REST, LONGEST_REST, OPENS_AFTER, Allowance, Breaker

COSTS = st.floats(0.001, 0.05)


def serve(agenda: Agenda[str], until: float, cost: float) -> dict[str, list[float]]:
    """Serve all that falls due, `cost` seconds each; when each job began."""
    now, begun = 0.0, {}  # type: float, dict[str, list[float]]
    while now < until:
        job = agenda.take(now)
        if job is None:
            now = max(now + 1e-6, min(until, agenda.next_at(now)))
            continue
        begun.setdefault(job.what, []).append(now)
        now += cost
        agenda.done(job, now, took=cost)
    return begun


def jobs_of(periods: list[float], pause: float = 0.0) -> list[Job[str]]:
    """One job a unit."""
    return [Job(f"j{i}", Unit(i, pause), period) for i, period in enumerate(periods)]


@settings(deadline=None)
@given(st.lists(st.sampled_from([1.0, 2.0, 5.0, 10.0]), min_size=1, max_size=40), COSTS)
def test_while_there_is_time_for_all_no_deadline_is_missed(periods: list[float], cost: float) -> None:
    if sum(cost / period for period in periods) > 0.9 or cost * len(periods) > 0.9 * min(periods):
        return
    agenda = Agenda(jobs_of(periods), 0.0)
    begun = serve(agenda, 60.0, cost)
    assert agenda.missed == 0
    for i, period in enumerate(periods):
        assert len(begun[f"j{i}"]) >= int(60 / period)


@settings(deadline=None)
@given(st.integers(2, 40), st.sampled_from([1.0, 5.0]))
def test_phases_are_spread_after_the_first_round(count: int, period: float) -> None:
    begun = serve(Agenda(jobs_of([period] * count), 0.0), 3 * period, 0.0001)
    second = sorted(times[2] for times in begun.values() if len(times) > 2)
    slot = 2 * SLOT if period == 5.0 else SLOT
    for grid in {int(at / slot + 1e-6) for at in second}:
        assert sum(int(at / slot + 1e-6) == grid for at in second) <= count // round(period / slot) + 1
    for times in begun.values():
        assert all(b - a == pytest.approx(period, abs=SLOT) for a, b in pairwise(times[1:]))


def test_a_hurried_job_gets_one_early_turn_and_keeps_its_phase() -> None:
    jobs = jobs_of([60.0] * 4)
    agenda = Agenda(jobs, 0.0)
    serve(agenda, 1.0, 0.001)
    before = [job.due for job in jobs]
    agenda.hurry(jobs[:2], 1.0)
    agenda.hurry(jobs[:2], 1.0)
    early = [agenda.take(1.0), agenda.take(1.0)]
    assert {job.what for job in early if job} == {"j0", "j1"}
    assert agenda.take(1.0) is None
    for job in early:
        assert job
        agenda.done(job, 1.1, took=0.1)
    assert [job.due for job in jobs] == before
    assert agenda.missed == 0


def test_what_is_due_by_itself_still_goes_before_what_is_hurried() -> None:
    unit = Unit(1)
    jobs = [Job("ahead", unit, 1.0, ahead=True), Job("other", unit, 1.0)]
    agenda = Agenda(jobs, 0.7421875)
    while job := agenda.take(1.2421875):
        agenda.done(job, 1.2421875, took=0.01)
    agenda.hurry(jobs, 1.2521875)
    assert agenda.take(1.2521875) is jobs[0]


@given(st.lists(st.sampled_from([1.0, 5.0, 60.0]), min_size=2, max_size=12), st.data())
def test_what_others_are_multiplied_by_is_read_first_after_a_start_and_after_a_silence(
    periods: list[float], data: st.DataObject
) -> None:
    unit = Unit(1)
    first = data.draw(st.integers(0, len(periods) - 1))
    jobs = [Job(f"j{i}", unit, period, ahead=i == first) for i, period in enumerate(periods)]
    now = data.draw(st.floats(0.0, 1.0))
    agenda = Agenda(jobs, now)
    job = agenda.take(now)
    assert job is jobs[first]
    agenda.done(job, now + 0.01, took=0.01)
    assert now < job.due <= now + SLOT + periods[first]
    later = now + 0.5
    agenda = Agenda(jobs, now)
    while job := agenda.take(later):
        agenda.done(job, later, took=0.01)
    agenda.hurry(jobs, later + 0.01)
    assert agenda.take(later + 0.01) is jobs[first]
    assert agenda.missed == 0


def test_a_job_that_was_put_back_is_taken_again_before_later_ones() -> None:
    agenda = Agenda(jobs_of([1.0, 5.0]), 0.0)
    first = agenda.take(0.0)
    assert first
    agenda.put_back(first)
    assert agenda.take(0.0) is first


def test_too_much_work_is_counted_and_shared_not_piled_up() -> None:
    agenda = Agenda(jobs_of([1.0] * 10), 0.0)
    begun = serve(agenda, 100.0, 0.2)  # twice as much as fits
    counts = [len(times) for times in begun.values()]
    assert min(counts) >= 45
    assert max(counts) <= 55
    assert 950 <= agenda.missed <= 1000  # each one was late or left out


def test_the_earliest_deadline_goes_first() -> None:
    slow, fast = Job("slow", Unit(1), 60.0), Job("fast", Unit(2), 1.0)
    agenda = Agenda([slow, fast], 0.0)
    first = agenda.take(5.0)
    assert first is fast


def test_a_unit_is_asked_once_at_a_time_and_has_its_pause() -> None:
    unit = Unit(1, pause=0.5)
    agenda = Agenda([Job("a", unit, 1.0), Job("b", unit, 1.0)], 0.0)
    first = agenda.take(0.0)
    assert first is not None
    assert agenda.take(0.0) is None
    assert agenda.next_at(0.0) > 0.0
    agenda.done(first, 0.1, took=0.1)
    assert agenda.take(0.5) is None
    assert agenda.next_at(0.5) == pytest.approx(0.6)
    assert agenda.take(0.6) is not None


def test_sparing_time_is_only_promised_when_all_deadlines_stay() -> None:
    agenda = Agenda(jobs_of([5.0] * 10), 0.0)
    serve(agenda, 20.0, 0.1)
    assert agenda.can_spare(20.0, 1.0)
    assert not agenda.can_spare(20.0, 5.0)


def test_a_breaker_opens_on_silence_rests_longer_each_time_and_trusts_again_slowly() -> None:
    breaker = Breaker()
    assert [breaker.kept_silent(0.0) for _ in range(OPENS_AFTER)] == [False] * (OPENS_AFTER - 1) + [True]
    rests = [breaker.rest]
    for _ in range(10):
        assert not breaker.kept_silent(0.0)
        rests.append(breaker.rest)
    assert rests[0] == FIRST_REST
    assert rests[-1] == LONGEST_REST
    assert rests == sorted(rests)
    assert 0.8 * LONGEST_REST <= breaker.try_at <= 1.2 * LONGEST_REST
    assert breaker.answered()
    assert not breaker.opened
    assert 0 < breaker.rest < LONGEST_REST
    assert not breaker.answered()


@pytest.mark.parametrize("dead", [1, 8])
def test_dead_units_cost_the_others_less_than_one_poll_in_a_hundred(dead: int) -> None:
    """C2 for half an hour: 32 units at 1 s on a bus that is 64 % busy, silent units with a timeout of a whole period."""
    timeout, cost, until = 1.0, 0.02, 1800.0
    units = [Unit(i) for i in range(32)]
    breakers = [Breaker() for _ in units]
    jobs = [Job(i, unit, 1.0) for i, unit in enumerate(units)]
    agenda, allowance = Agenda(jobs, 0.0), Allowance(0.0)
    polls = [0] * len(units)
    now = 0.0
    while now < until:
        job = agenda.take(now)
        if job is None:
            now = max(now + 1e-6, agenda.next_at(now))
            continue
        breaker = breakers[job.what]
        if job.what >= dead:
            now += cost
            polls[job.what] += 1
        elif not breaker.opened or (now >= breaker.try_at and allowance.covers(now, timeout)):
            now += timeout
            allowance.spend(timeout)
            breaker.kept_silent(now)
        else:
            agenda.done(job, now)
            continue
        agenda.done(job, now, took=cost)
    start = OPENS_AFTER * dead * timeout  # the discovery, once
    for count in polls[dead:]:
        assert count >= 0.99 * (until - start)
