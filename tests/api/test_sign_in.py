"""Signing in and out, and one's own account: what works, what is refused, what is recorded."""

import re
import sqlite3
from dataclasses import replace
from datetime import datetime, timedelta

import httpx
import pytest

from facility.domain.account import Account, SignInStep, hash_of
from facility.domain.role import Role
from tests.api.conftest import Client, deps_on
from tests.api.scene import PASSWORD, Scene

LOGIN = {"login": "li", "password": PASSWORD}


class Later:
    """The scene's clock, some seconds ahead."""

    def __init__(self, scene: Scene, seconds: float) -> None:
        self._clock, self._ahead = scene.clock, seconds

    def now(self) -> datetime:
        return self._clock.now() + timedelta(seconds=self._ahead)

    def monotonic(self) -> float:
        return self._clock.monotonic() + self._ahead


@pytest.fixture
def account(scene: Scene) -> Account:
    """A technician's account."""
    return scene.account("li", Role.TECHNICIAN)


def steps(scene: Scene) -> list[tuple[SignInStep, str]]:
    """What was recorded, oldest first."""
    with scene.work.reading() as unit:
        return [(event.step, event.login) for event in unit.sign_ins.recent(100)][::-1]


def csrf(answer: httpx.Response) -> str:
    found = re.search(r'name="csrf" value="(\w+)"', answer.text)
    assert found
    return found[1]


def cookie(answer: httpx.Response) -> str:
    return answer.headers["set-cookie"]


def test_in_on_and_out_again(stranger: Client, scene: Scene, account: Account) -> None:
    page = stranger.get("/sign-in?next=/orders")
    assert 'name="next" value="/orders"' in page.text
    answer = stranger.post("/sign-in", {**LOGIN, "next": "/orders"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/orders")
    home = stranger.get("/orders")
    assert home.status_code == 200
    assert "Technician" in home.text
    assert stranger.get("/sign-in").headers["location"] == "/"
    out = stranger.post("/sign-out", {"csrf": csrf(home)})
    assert (out.status_code, out.headers["location"]) == (303, "/sign-in")
    assert stranger.get("/orders").status_code == 303
    assert steps(scene) == [(SignInStep.SIGNED_IN, "li"), (SignInStep.SIGNED_OUT, "li")]


def test_the_cookie_is_held_to_this_host_and_its_token_is_kept_nowhere(
    stranger: Client, scene: Scene, account: Account
) -> None:
    said = cookie(stranger.post("/sign-in", LOGIN))
    token = said.split("=", 1)[1].split(";")[0]
    assert said.startswith("__Host-session=")
    assert {"httponly", "secure", "path=/", "samesite=lax"} <= {part.strip().lower() for part in said.split(";")}
    assert "domain" not in said.lower()
    with scene.work.reading() as unit:
        assert [one.token_hash for one in unit.sessions.of(account.id)] == [hash_of(token)]
    scene.work.close()
    assert token.encode() not in b"".join(path.read_bytes() for path in scene.folder.glob("work.db*"))


def test_without_tls_a_password_is_taken_on_the_machine_itself_alone(scene: Scene, account: Account) -> None:
    here = Client(deps_on(scene), address="http://127.0.0.1:8080")
    said = cookie(here.post("/sign-in", LOGIN))
    assert said.startswith("session=")
    assert "secure" not in said.lower()
    assert here.get("/overview").status_code == 200
    lan = Client(deps_on(scene), address="http://10.0.0.2:8080")
    assert "not taken over an unencrypted connection" in lan.get("/sign-in").text
    answer = lan.post("/sign-in", LOGIN)
    assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)
    lan.deps.public_url = "https://10.0.0.2:8080"  # a proxy does TLS and does not say so
    assert cookie(lan.post("/sign-in", LOGIN)).startswith("__Host-session=")


@pytest.mark.parametrize("login", ["LI", " li ", "ｌｉ"])
def test_a_login_is_taken_as_people_type_it(stranger: Client, account: Account, login: str) -> None:
    assert stranger.post("/sign-in", {"login": login, "password": PASSWORD}).status_code == 303


def test_nothing_tells_whether_a_login_exists(stranger: Client, scene: Scene, account: Account) -> None:
    scene.account("gone", Role.TECHNICIAN, disabled=True)

    def told(login: str, password: str) -> tuple[int, str]:
        answer = stranger.post("/sign-in", {"login": login, "password": password})
        return answer.status_code, re.sub(r'value="[^"]*"|data-now="[^"]*"', "", answer.text)

    known = told("li", "wrong password")
    assert known[0] == 422
    assert "Login or password is wrong" in known[1]
    assert told("nobody", "wrong password") == told("gone", PASSWORD) == told("gone", "wrong") == known
    assert (SignInStep.FAILED, "") in steps(scene)
    assert "nobody" not in [login for _, login in steps(scene)]  # it may have been a password


def test_failures_make_the_account_wait_and_a_success_forgets_them(
    stranger: Client, scene: Scene, account: Account
) -> None:
    for _ in range(3):
        assert stranger.post("/sign-in", LOGIN | {"password": "wrong"}).status_code == 422
    held = stranger.post("/sign-in", LOGIN)
    assert (held.status_code, held.headers["retry-after"]) == (429, "1")
    assert "Too many attempts" in held.text
    assert steps(scene)[-1] == (SignInStep.HELD_OFF, "li")
    stranger.deps.clock = Later(scene, 2)
    assert stranger.post("/sign-in", LOGIN).status_code == 303
    with scene.work.reading() as unit:
        assert unit.sign_ins.attempts(f"account:{hash_of('li')[:32]}") is None


def test_unknown_logins_wait_just_the_same(stranger: Client, account: Account) -> None:
    statuses = [stranger.post("/sign-in", {"login": "nobody", "password": "x"}).status_code for _ in range(4)]
    assert statuses == [422, 422, 422, 429]


def test_an_address_has_a_bucket_of_attempts(scene: Scene, account: Account) -> None:
    attacker, office = Client(deps_on(scene), peer="10.9.9.9"), Client(deps_on(scene), peer="10.0.0.8")
    answers = [attacker.post("/sign-in", {"login": f"guess-{n}", "password": "x"}).status_code for n in range(31)]
    assert answers == [422] * 30 + [429]
    assert attacker.post("/sign-in", LOGIN).status_code == 429
    assert office.post("/sign-in", LOGIN).status_code == 303


def test_a_session_ends_without_use_and_at_its_end(stranger: Client, scene: Scene, account: Account) -> None:
    stranger.post("/sign-in", LOGIN)
    stranger.deps.clock = Later(scene, 11 * 3600)
    assert stranger.get("/overview").status_code == 200  # a use: the idle time begins anew
    stranger.deps.clock = Later(scene, 22 * 3600)
    assert stranger.get("/overview", **{"hx-request": "true"}).status_code == 200  # the page's own, no use
    stranger.deps.clock = Later(scene, 23 * 3600 + 60)
    assert stranger.get("/overview").headers["location"].startswith("/sign-in")
    with scene.work.writing() as unit:
        (session,) = unit.sessions.of(account.id)
        for day in range(1, 8):
            unit.sessions.seen(session.id, session.made_at + timedelta(days=day) - timedelta(seconds=30))
    stranger.deps.clock = Later(scene, 7 * 86400 - 60)
    assert stranger.get("/overview").status_code == 200
    stranger.deps.clock = Later(scene, 7 * 86400)
    assert stranger.get("/overview").status_code == 303


def test_reading_goes_on_while_nobody_can_write(client: Client, scene: Scene) -> None:
    client.deps.clock = Later(scene, 120)
    with sqlite3.connect(scene.folder / "work.db") as database:
        database.execute("CREATE TRIGGER full BEFORE UPDATE ON sessions BEGIN SELECT RAISE(ABORT, 'full'); END")
    database.close()
    assert client.get("/overview").status_code == 200


def test_a_disabled_account_is_out_at_once(client: Client, scene: Scene) -> None:
    assert client.get("/overview").status_code == 200
    with scene.work.writing() as unit:
        found = unit.accounts.by_login("tester")
        assert found is not None
        unit.accounts.set_disabled(found.id, True)
    assert client.get("/overview").status_code == 303


@pytest.mark.parametrize(
    "goal", ["https://evil.test/", "//evil.test", "/\\evil.test", "javascript:alert(1)", "", "/a\nb", "/\t/evil.test"]
)
def test_signing_in_leads_to_our_own_pages_alone(stranger: Client, account: Account, goal: str) -> None:
    assert stranger.post("/sign-in", {**LOGIN, "next": goal}).headers["location"] == "/"


def test_all_sessions_are_listed_and_ended_one_by_one_or_all(stranger: Client, scene: Scene, account: Account) -> None:
    one, two, three = (stranger.another(scene.session(account)) for _ in range(3))
    page = one.get("/account")
    assert page.text.count("Firefox, Windows") == 3
    assert page.text.count("this browser") == 1
    listed = one.get("/account.json").json()
    assert [session["here"] for session in listed["sessions"]].count(True) == 1
    with scene.work.reading() as unit:
        ids = sorted(session.id for session in unit.sessions.of(account.id))
    assert one.post(f"/account/sessions/{ids[1]}/end", {"csrf": csrf(page)}).status_code == 303
    assert [client.get("/overview").status_code for client in (one, two, three)] == [200, 303, 200]
    assert one.post("/account/sign-out-everywhere", {"csrf": csrf(page)}).status_code == 303
    assert [client.get("/overview").status_code for client in (one, three)] == [303, 303]
    assert steps(scene)[-1][0] == SignInStep.SIGNED_OUT_EVERYWHERE


def test_nobody_ends_the_session_of_another(client: Client, scene: Scene, account: Account) -> None:
    scene.session(account)
    with scene.work.reading() as unit:
        theirs = unit.sessions.of(account.id)[0].id
    page = client.get("/account")
    assert client.post(f"/account/sessions/{theirs}/end", {"csrf": csrf(page)}).status_code == 404
    with scene.work.reading() as unit:
        assert len(unit.sessions.of(account.id)) == 1


def change(client: Client, old: str, new: str, again: str | None = None) -> httpx.Response:
    form = {"csrf": csrf(client.get("/account")), "old": old, "new": new, "again": new if again is None else again}
    return client.post("/account/password", form)


def test_a_new_password_ends_all_other_sessions(stranger: Client, scene: Scene, account: Account) -> None:
    here, elsewhere = (stranger.another(scene.session(account)) for _ in range(2))
    answer = change(here, PASSWORD, "sluice valve board")
    assert answer.headers["location"] == "/account?done=password"
    assert "All other browsers are signed out" in here.get(answer.headers["location"]).text
    assert elsewhere.get("/overview").status_code == 303
    assert elsewhere.post("/sign-in", LOGIN).status_code == 422
    assert elsewhere.post("/sign-in", LOGIN | {"password": "sluice valve board"}).status_code == 303
    assert (SignInStep.PASSWORD_CHANGED, "li") in steps(scene)


@pytest.mark.parametrize(
    ("old", "new", "again", "words"),
    [
        ("wrong", "sluice valve board", None, "present password is wrong"),
        (PASSWORD, "short", None, "at least 10"),
        (PASSWORD, "x" * 201, None, "longer than 200"),
        (PASSWORD, "ababababab", None, "too easy"),
        (PASSWORD, "0123456789", None, "too easy"),
        (PASSWORD, "sluice valve board", "sluice valve bored", "differ"),
        (PASSWORD, PASSWORD, None, "is the old one"),
    ],
)
def test_passwords_that_are_refused(
    scene: Scene, account: Account, old: str, new: str, again: str | None, words: str
) -> None:
    client = Client(deps_on(scene), scene.session(account))
    answer = change(client, old, new, again)
    assert answer.status_code == 422
    assert words in answer.text
    assert new not in answer.text or len(new) < 9
    with scene.work.reading() as unit:
        assert unit.accounts.get(account.id).password == account.password


def test_a_password_from_somebody_else_must_be_changed_first(scene: Scene) -> None:
    client = Client(deps_on(scene), scene.session(scene.account("new", Role.FOREMAN, must_change=True)))
    assert client.get("/overview").headers["location"] == "/account"
    assert client.get("/overview.json").status_code == 403
    assert "was given to you by somebody else" in client.get("/account").text
    assert change(client, PASSWORD, "sluice valve board").status_code == 303
    assert client.get("/overview").status_code == 200


def test_a_weaker_hash_of_earlier_days_is_renewed(stranger: Client, scene: Scene, account: Account) -> None:
    stranger.deps.passwords = type(scene.passwords)(memory_kib=128, passes=1, lanes=1)
    stranger.post("/sign-in", LOGIN)
    with scene.work.reading() as unit:
        found = unit.accounts.get(account.id)
    assert "m=128" in found.password
    assert replace(found, password=account.password) == account
