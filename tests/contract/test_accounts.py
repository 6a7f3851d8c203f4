"""The contract of the ports of accounts, on SQLite and on PostgreSQL."""

from datetime import UTC, datetime, timedelta

import pytest

from facility.domain.account import Account, ApiKey, Scope, Session, SignInEvent, SignInStep
from facility.domain.errors import Conflict, NotFound
from facility.domain.role import Role
from facility.domain.throttle import Attempts
from facility.ports import Work

T = datetime(2026, 11, 23, 6, 5, 12, 123456, tzinfo=UTC)
HOUR = timedelta(hours=1)


def account(login: str = "li-wei") -> Account:
    return Account(0, login, "李伟", 0, frozenset({Role.SYSTEM_ADMINISTRATOR}), "hash", True, False, T, T)


def session(number: int, token: str, seen: datetime = T) -> Session:
    return Session(0, number, token, T, seen, T + 7 * 24 * HOUR, "10.0.0.7", "Firefox \x00")


def test_an_account_is_kept_as_it_is(work: Work) -> None:
    with work.writing() as unit:
        made = unit.accounts.add(account())
    with work.reading() as unit:
        assert unit.accounts.get(made.id) == unit.accounts.by_login("li-wei") == made
        assert unit.accounts.all() == [made]
        assert unit.accounts.by_login("Li-Wei") is None


def test_a_login_is_taken_once_for_each_site(work: Work, other_site: Work) -> None:
    with work.writing() as unit:
        unit.accounts.add(account())
    with pytest.raises(Conflict, match="li-wei"), work.writing() as unit:
        unit.accounts.add(account())
    with other_site.writing() as unit:
        unit.accounts.add(account())


def test_password_and_closing_change_one_account(work: Work) -> None:
    with work.writing() as unit:
        made, other = unit.accounts.add(account()), unit.accounts.add(account("zhou"))
        unit.accounts.set_password(made.id, "better", T + HOUR, must_change=False)
        unit.accounts.set_disabled(made.id, True)
        unit.accounts.set_roles(made.id, frozenset({Role.ENGINEERING, Role.GATE_INTEGRATOR}))
    with work.reading() as unit:
        found = unit.accounts.get(made.id)
        assert (found.password, found.must_change, found.disabled, found.changed_at) == (
            "better",
            False,
            True,
            T + HOUR,
        )
        assert found.roles == {Role.ENGINEERING, Role.GATE_INTEGRATOR}
        assert unit.accounts.get(other.id) == other


def test_what_does_not_exist_is_not_found(work: Work, other_site: Work) -> None:
    with work.writing() as unit:
        made = unit.accounts.add(account())
        with pytest.raises(NotFound):
            unit.accounts.get(made.id + 1)
        with pytest.raises(NotFound):
            unit.api_keys.revoke(9, T)
    with other_site.writing() as unit, pytest.raises(NotFound):
        unit.accounts.set_disabled(made.id, True)


def test_a_session_is_found_by_its_hash_and_ends_for_its_account_alone(work: Work, other_site: Work) -> None:
    with work.writing() as unit:
        mine, other = unit.accounts.add(account()), unit.accounts.add(account("zhou"))
        one = unit.sessions.add(session(mine.id, "aa"))
        two = unit.sessions.add(session(mine.id, "bb", T + HOUR))
        unit.sessions.seen(one.id, T + 2 * HOUR)
    with other_site.reading() as unit:
        assert unit.sessions.find("aa") is None
    with work.writing() as unit:
        assert [found.id for found in unit.sessions.of(mine.id)] == [one.id, two.id]
        found = unit.sessions.find("aa")
        assert found is not None
        assert (found.seen_at, found.agent) == (T + 2 * HOUR, "Firefox \ufffd")
        assert not unit.sessions.end(one.id, other.id)
        assert unit.sessions.end(one.id, mine.id)
        assert unit.sessions.find("aa") is None
        assert unit.sessions.end_all(mine.id) == 1


def test_sessions_that_nobody_can_use_go(work: Work) -> None:
    with work.writing() as unit:
        mine = unit.accounts.add(account())
        unit.sessions.add(session(mine.id, "idle"))
        unit.sessions.add(session(mine.id, "fresh", T + HOUR))
        assert unit.sessions.end_old(T, T) == 1
        assert [found.token_hash for found in unit.sessions.of(mine.id)] == ["fresh"]
        assert unit.sessions.end_old(T, T + 7 * 24 * HOUR) == 1


def test_a_key_is_kept_used_and_revoked_once(work: Work, other_site: Work) -> None:
    with work.writing() as unit:
        key = unit.api_keys.add(ApiKey(0, "prometheus", "ff", frozenset({Scope.METRICS}), T, T + HOUR))
        assert unit.api_keys.find("ff") == key
        unit.api_keys.used(key.id, T + HOUR / 2)
        revoked = unit.api_keys.revoke(key.id, T + HOUR / 2)
        assert unit.api_keys.revoke(key.id, T + HOUR) == revoked
    assert (revoked.used_at, revoked.revoked_at) == (T + HOUR / 2, T + HOUR / 2)
    assert key.valid_at(T)
    assert not key.valid_at(T + HOUR)
    assert not revoked.valid_at(T)
    with other_site.reading() as unit:
        assert unit.api_keys.find("ff") is None
        assert unit.api_keys.all() == []


def test_the_record_and_the_attempts(work: Work, other_site: Work) -> None:
    with work.writing() as unit:
        unit.sign_ins.note(SignInEvent(T, SignInStep.FAILED, "", "10.0.0.7", "curl"))
        unit.sign_ins.note(SignInEvent(T + HOUR, SignInStep.SIGNED_IN, "li-wei", "10.0.0.7", "Firefox"))
        unit.sign_ins.set_attempts("account:x", Attempts(1, T))
        unit.sign_ins.set_attempts("account:x", Attempts(2.5, T + HOUR))
        unit.sign_ins.set_attempts("account:y", Attempts(1, T))
        unit.sign_ins.set_attempts("account:y", None)
    with work.reading() as unit:
        assert [event.step for event in unit.sign_ins.recent(5)] == [SignInStep.SIGNED_IN, SignInStep.FAILED]
        assert [event.at for event in unit.sign_ins.recent(5, "li-wei")] == [T + HOUR]
        assert unit.sign_ins.last_signed_in() == {"li-wei": T + HOUR}
        assert unit.sign_ins.attempts("account:x") == Attempts(2.5, T + HOUR)
        assert unit.sign_ins.attempts("account:y") is None
    with other_site.reading() as unit:
        assert unit.sign_ins.recent(5) == []
        assert unit.sign_ins.last_signed_in() == {}
        assert unit.sign_ins.attempts("account:x") is None
    with work.writing() as unit:
        unit.sign_ins.forget(T + HOUR, T + 2 * HOUR)
        assert len(unit.sign_ins.recent(5)) == 1
        assert unit.sign_ins.attempts("account:x") is None
