"""What the audit tells of accounts: who did what, without addresses and names; refusals by the thousand are a few rows."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from facility.domain.account import CONSOLE, Account, Identity, Lifetime, Scope, Visit
from facility.domain.audit import AuditRow, first_broken
from facility.domain.person import Person
from facility.domain.role import Role
from facility.domain.text import Language
from facility.domain.throttle import worth_a_row
from facility.flow.issue_key import issue_key, revoke_key
from facility.flow.keep_account import (
    AccountRefused,
    change_password,
    change_roles,
    create_account,
    create_first,
    new_account,
    reset_password,
    set_disabled,
    unlock,
)
from facility.flow.sign_in import SignInRefused, sign_in
from facility.flow.sign_out import sign_out, sign_out_everywhere
from facility.passwords import Argon2Passwords
from facility.ports import Work
from facility.store.sql import SqlWork

START = datetime(2026, 11, 23, 6, tzinfo=UTC)
PASSWORD, OTHER = "gate pump tank lamp", "sluice valve board"
HOME = Visit("203.0.113.77", "Firefox on the sofa")
PASSWORDS = Argon2Passwords(memory_kib=64, passes=1, lanes=1)


class Moved:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()


@pytest.fixture
def work(prepared_url: str) -> Iterator[Work]:
    work = SqlWork(prepared_url, "garden")
    yield work
    work.close()


@pytest.fixture
def li(work: Work) -> Account:
    """A person's account."""
    with work.writing() as unit:
        person = unit.people.put(Person(0, "li", "李工", Language.ZH_CN, ())).id
        return create_account(unit, fresh("li", person), CONSOLE)


def fresh(login: str, person: int = 0, *roles: Role) -> Account:
    return new_account(
        login, PASSWORDS.hash(PASSWORD), START, name="", roles=frozenset(roles), person=person, must_change=False
    )


def rows(work: Work, subject: str = "") -> list[AuditRow]:
    with work.reading() as unit:
        assert first_broken("garden", unit.audit.rows()) is None
        return list(unit.audit.rows(subject))


def came_in(work: Work, clock: Moved, password: str = PASSWORD, login: str = "li", visit: Visit = HOME) -> bool:
    try:
        sign_in(work, PASSWORDS, clock, Lifetime(), login=login, password=password, visit=visit)
    except SignInRefused:
        return False
    return True


def test_a_day_of_an_account(work: Work, li: Account) -> None:
    clock = Moved()
    assert came_in(work, clock)
    who = Identity("李工", account=li)
    change_password(work, PASSWORDS, clock, Lifetime(), who, old=PASSWORD, new=OTHER, visit=HOME)
    with work.writing() as unit:
        (session,) = unit.sessions.of(li.id)
        sign_out(unit, li, session.id, HOME, START)
        boss = unit.people.put(Person(0, "boss", "王强", Language.ZH_CN, ())).id
        act = Visit("10.0.0.9", "Edge", account=7, person=boss)
        change_roles(unit, "li", frozenset({Role.ENGINEERING}), START, act)
        reset_password(unit, "li", PASSWORDS.hash(PASSWORD), START, must_change=True, visit=act)
        unlock(unit, "li", START, act)
        sign_out_everywhere(unit, li, act, START)
        set_disabled(unit, "li", True, START, act)
        set_disabled(unit, "li", False, START, CONSOLE)
        key, _ = issue_key(unit, "prometheus", frozenset({Scope.METRICS}), timedelta(days=1), START, act)
        revoke_key(unit, key.id, START, CONSOLE)
    found = rows(work)
    mine, theirs = f"person:{li.person}", f"person:{boss}"
    assert [(row.action, row.actor, row.detail["by"]) for row in found] == [
        ("account.created", "program", "console"),
        ("account.signed_in", mine, f"account:{li.id}"),
        ("account.password_changed", mine, f"account:{li.id}"),
        ("account.signed_out", mine, f"account:{li.id}"),
        ("account.roles_changed", theirs, "account:7"),
        ("account.password_reset", theirs, "account:7"),
        ("account.unlocked", theirs, "account:7"),
        ("account.signed_out_everywhere", theirs, "account:7"),
        ("account.disabled", theirs, "account:7"),
        ("account.enabled", "program", "console"),
        ("key.made", theirs, "account:7"),
        ("key.revoked", "program", "console"),
    ]
    assert {row.subject for row in found} == {f"account:{li.id}", f"key:{key.id}"}
    said = "".join(f"{row.actor}{row.subject}{dict(row.detail)}" for row in found)
    assert [word for word in (HOME.address, "Firefox", "Edge", "李工", "10.0.0.9") if word in said] == []


def test_the_first_account_is_a_step_of_its_own(work: Work) -> None:
    with work.writing() as unit:
        made = create_first(unit, fresh("admin", 0, Role.SYSTEM_ADMINISTRATOR), HOME)
    (row,) = rows(work)
    assert (row.action, row.actor, row.detail["by"]) == ("account.first_created", "program", f"account:{made.id}")


def test_guesses_at_an_account_are_folded(work: Work, li: Account) -> None:
    clock = Moved()
    for number in range(120):  # each after its pause, and from another address
        assert not came_in(work, clock, "wrong", visit=Visit(f"10.1.{number}.1"))
        clock.at += timedelta(minutes=1)
    told = [(row.action, row.detail["in_a_row"]) for row in rows(work, f"account:{li.id}")[1:]]
    assert told == [("account.failed", 1), ("account.paused", 3), ("account.failed", 10), ("account.failed", 100)]
    with work.reading() as unit:
        assert len(unit.sign_ins.recent(1000, "li")) == 121
    assert came_in(work, clock)
    assert not came_in(work, clock, "wrong")
    assert rows(work, f"account:{li.id}")[-1].detail == {"in_a_row": 1}


def test_refusals_at_no_account_and_without_an_attempt_are_folded_for_the_whole_site(work: Work, li: Account) -> None:
    clock = Moved()
    for number in range(40):  # 30 guesses at once from one address, then it must wait
        assert not came_in(work, clock, "a password", login=f"typed into the wrong field {number}")
    told = [(row.action, row.actor, row.subject, row.detail) for row in rows(work)[1:]]
    assert told == [
        ("sign_in.failed", "program", "sign_in", {"in_a_row": 1}),
        ("sign_in.failed", "program", "sign_in", {"in_a_row": 3}),
        ("sign_in.failed", "program", "sign_in", {"in_a_row": 10}),
        ("sign_in.held_off", "program", "sign_in", {"in_a_row": 1}),
        ("sign_in.held_off", "program", "sign_in", {"in_a_row": 3}),
        ("sign_in.held_off", "program", "sign_in", {"in_a_row": 10}),
    ]


def test_guesses_at_once_are_counted_one_by_one(work: Work, li: Account) -> None:
    clock = Moved()  # it stands: three guesses are tried, nine are held off
    with ThreadPoolExecutor(12) as pool:
        assert not any(
            pool.map(lambda number: came_in(work, clock, "wrong", visit=Visit(f"10.2.{number}.1")), range(12))
        )
    told = sorted((row.action, row.detail["in_a_row"]) for row in rows(work)[1:])
    assert told == [
        ("account.failed", 1),
        ("account.paused", 3),
        ("sign_in.held_off", 1),
        ("sign_in.held_off", 3),
    ]


def test_a_million_refusals_are_eight_rows() -> None:
    assert [n for n in range(1, 1_000_001) if worth_a_row(n)] == [1, 3, 10, 100, 1000, 10_000, 100_000, 1_000_000]


def test_unlocking_lets_the_next_attempt_count(work: Work, li: Account) -> None:
    clock = Moved()
    for _ in range(3):
        assert not came_in(work, clock, "wrong")
    assert not came_in(work, clock)
    with work.writing() as unit:
        unlock(unit, "LI", START, CONSOLE)
    assert came_in(work, clock)


def test_the_last_system_administrator_stays(work: Work, li: Account) -> None:
    admin = frozenset({Role.SYSTEM_ADMINISTRATOR})
    with work.writing() as unit:
        create_account(unit, fresh("admin", 0, *admin), CONSOLE)
        create_account(unit, fresh("closed", 0, *admin), CONSOLE)
        set_disabled(unit, "closed", True, START, CONSOLE)
        for refused in (
            lambda: set_disabled(unit, "admin", True, START, CONSOLE),
            lambda: change_roles(unit, "admin", frozenset({Role.ENGINEERING}), START, CONSOLE),
        ):
            with pytest.raises(AccountRefused, match="last system administrator"):
                refused()
        change_roles(unit, "li", admin, START, CONSOLE)
        set_disabled(unit, "admin", True, START, CONSOLE)
        with pytest.raises(AccountRefused, match="comes with a position"):
            change_roles(unit, "li", frozenset({Role.MANAGER}), START, CONSOLE)
    with work.reading() as unit:
        assert unit.accounts.get(li.id).roles == admin
