"""Signing in while others do too, on both engines: guesses at once gain nothing, what changed meanwhile counts, one is first."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from facility.domain.account import CONSOLE, Account, Lifetime, Visit
from facility.domain.errors import Conflict
from facility.domain.role import Role
from facility.domain.throttle import FREE
from facility.flow.keep_account import create_account, create_first, new_account, reset_password, set_disabled
from facility.flow.sign_in import SignInRefused, network_of, sign_in
from facility.passwords import Argon2Passwords
from facility.ports import Work, WorkUnit
from facility.store.sql import SqlWork

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
PASSWORD = "gate pump tank lamp"
AT_ONCE = 12


class Stopped:
    """A clock that stands."""

    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return 0.0


class Meanwhile(Argon2Passwords):
    """While this judges a password, something else happens."""

    def __init__(self, happens: Callable[[], None] = lambda: None) -> None:
        super().__init__(memory_kib=64, passes=1, lanes=1)
        self._happens = happens

    def verify(self, password: str, kept: str) -> bool:
        right = super().verify(password, kept)
        self._happens()
        return right


@pytest.fixture
def work(prepared_url: str) -> Iterator[Work]:
    work = SqlWork(prepared_url, "garden")
    yield work
    work.close()


def account(login: str = "li") -> Account:
    hashed = Meanwhile().hash(PASSWORD)
    roles = frozenset({Role.ENGINEERING})
    return new_account(login, hashed, NOW, name="", roles=roles, must_change=False)


def attempt(work: Work, password: str = PASSWORD, passwords: Argon2Passwords | None = None) -> str:
    """signed in, wrong, or held off."""
    passwords = passwords or Meanwhile()
    try:
        sign_in(work, passwords, Stopped(), Lifetime(), login="li", password=password, visit=Visit("10.0.0.7"))
    except SignInRefused as refused:
        return "held off" if refused.wait else "wrong"
    return "signed in"


def test_guesses_at_once_are_no_more_than_one_after_the_other(work: Work) -> None:
    with work.writing() as unit:
        create_account(unit, account(), CONSOLE)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda n: attempt(work, f"guess {n}"), range(AT_ONCE)))
    assert (answers.count("wrong"), answers.count("held off")) == (FREE, AT_ONCE - FREE)


def disabled(unit: WorkUnit) -> None:
    set_disabled(unit, "li", True, NOW, CONSOLE)


def another_password(unit: WorkUnit) -> None:
    reset_password(unit, "li", Meanwhile().hash("something else"), NOW, must_change=True, visit=CONSOLE)


@pytest.mark.parametrize("change", [disabled, another_password])
def test_what_changes_while_a_password_is_judged_counts(work: Work, change: Callable[[WorkUnit], None]) -> None:
    with work.writing() as unit:
        made = create_account(unit, account(), CONSOLE)

    def happens() -> None:
        with work.writing() as unit:
            change(unit)

    assert attempt(work, passwords=Meanwhile(happens)) == "wrong"
    with work.reading() as unit:
        assert unit.sessions.of(made.id) == []


def test_of_two_first_accounts_one_is_made(work: Work) -> None:
    def first(login: str) -> str:
        try:
            with work.writing() as unit:
                create_first(unit, account(login), CONSOLE)
        except Conflict:
            return ""
        return login

    with ThreadPoolExecutor(4) as pool:
        made = [login for login in pool.map(first, ("a", "b", "c", "d")) if login]
    with work.reading() as unit:
        assert [one.login for one in unit.accounts.all()] == made
    assert len(made) == 1


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("10.0.0.7", "10.0.0.7"),
        ("::ffff:10.0.0.7", "10.0.0.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_attempts_are_counted_by_machine(address: str, network: str) -> None:
    assert network_of(address) == network
