"""The three-level check (三级检查): three different people, and which finished orders the third one looks at."""

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from facility.domain.order import Bench, OrderEvent, OrderStep, SpotCheck
from facility.domain.role import Role

WORKING = frozenset({OrderStep.START, OrderStep.RESUME, OrderStep.FINISH})
CHECKING = frozenset({OrderStep.PASS_CHECK, OrderStep.SEND_BACK})
PLANNING = frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR, Role.MANAGER})


@dataclass(frozen=True, slots=True)
class Post:
    """A person in a role of a team."""

    person: int
    role: Role
    team: str


@dataclass(frozen=True, slots=True)
class Hands:
    """Everybody who worked on an order, and everybody who checked it second, in all its rounds."""

    worked: frozenset[int] = frozenset()
    checked: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class SpotRule:
    """How many of the finished orders a third person checks: a share, and a higher one for the next `orders` after a failure."""

    share: float = 0.1
    raised: float = 0.5
    orders: int = 10


def hands_of(events: Iterable[OrderEvent]) -> Hands:
    """From an order's history."""
    taken = [(event.step, event.person) for event in events if event.person is not None]
    return Hands(
        frozenset(person for step, person in taken if step in WORKING),
        frozenset(person for step, person in taken if step in CHECKING),
    )


def bench_of(team: str, posts: Collection[Post], hands: Hands, called: Collection[int] = ()) -> Bench:
    """Who may plan, check and spot-check an order of this team.

    Second: the team's foremen who did not work on it; when one of them did, or none is left, any foreman or supervisor; else a
    manager. Third: a supervisor, else a manager, who neither worked on it nor checked it. `called`: people whom the
    program asked to check it because the others are away; never who worked on it.
    """
    foremen, supervisors, managers = (_filling(posts, role) for role in (Role.FOREMAN, Role.SUPERVISOR, Role.MANAGER))
    own = frozenset(post.person for post in posts if post.role == Role.FOREMAN and team in (post.team, ""))
    second = own - hands.worked
    if own & hands.worked or not second:
        second = (foremen | supervisors) - hands.worked
    second = second or managers - hands.worked
    before = hands.worked | hands.checked
    return Bench(
        planners=own | frozenset(post.person for post in posts if post.role in PLANNING),
        checkers=second | (frozenset(called) - hands.worked),
        spot_checkers=supervisors - before or managers - before,
    )


def draw(rule: SpotRule, site: str, order: int, since_failure: int | None) -> SpotCheck:
    """Whether a third person checks this order; the same answer for the same order, whoever asks and however often.

    `since_failure`: how many orders of the same person or team were checked since a spot check failed; None: none failed.
    """
    lot = lot_of(site, order)
    if lot < rule.share:
        return SpotCheck.DRAWN
    after = since_failure is not None and since_failure < rule.orders
    return SpotCheck.AFTER_FAILURE if after and lot < rule.raised else SpotCheck.NONE


def lot_of(site: str, order: int) -> float:
    """The order's lot, evenly spread over 0 ≤ lot < 1; it follows from the seed (site, order) alone."""
    digest = hashlib.sha256(f"spot check/{site}/{order}".encode()).digest()
    return int.from_bytes(digest[:6]) / 2**48


def _filling(posts: Collection[Post], role: Role) -> frozenset[int]:
    return frozenset(post.person for post in posts if post.role == role)
