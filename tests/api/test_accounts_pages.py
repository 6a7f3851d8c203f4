"""Accounts and keys on pages of the system administrator: found, made, changed, closed; passwords and keys are shown once."""

import re

import pytest

from facility.domain.account import Account, SignInStep, hash_of
from facility.domain.role import Role
from facility.domain.throttle import FREE
from tests.api.conftest import Client, deps_on
from tests.api.scene import PASSWORD, Scene

NEW = {"login": "li-wei", "role": [], "new": "", "again": ""}
OTHER = "sluice valve board"


@pytest.fixture
def scene(scene: Scene) -> Scene:
    scene.people()
    return scene


@pytest.fixture
def boss(scene: Scene) -> Account:
    return scene.account("boss", Role.SYSTEM_ADMINISTRATOR)


@pytest.fixture
def admin(scene: Scene, boss: Account) -> Client:
    """The system administrator's browser."""
    return Client(deps_on(scene), scene.session(boss))


def shown_secret(page: str) -> str:
    found = re.search(r'<p class="secret"><code>([^<]+)</code>', page)
    assert found, page
    return found[1]


def signs_in(admin: Client, login: str, password: str) -> int:
    return admin.another().post("/sign-in", {"login": login, "password": password}).status_code


def number_of(admin: Client, login: str) -> int:
    (row,) = admin.get(f"/accounts.json?text={login}").json()["accounts"]
    return int(row["number"])


def test_an_account_is_made_with_a_one_time_password(admin: Client, scene: Scene) -> None:
    made = admin.act("/accounts", NEW)
    password = shown_secret(made.text)
    assert (made.status_code, made.headers["cache-control"]) == (200, "no-store")
    number = number_of(admin, "li-wei")
    for page in (admin.get("/accounts"), admin.get(f"/accounts/{number}"), admin.get(f"/accounts/{number}.json")):
        assert password not in page.text
    theirs = admin.another()
    assert theirs.post("/sign-in", {"login": "li-wei", "password": password}).status_code == 303
    assert theirs.get("/overview").headers["location"] == "/account"
    twin = admin.get(f"/accounts/{number}.json").json()["account"]
    assert (twin["name"], twin["person"], twin["roles"], twin["state"]) == (
        "李伟",
        "li-wei",
        ["technician"],
        "must_change",
    )
    assert (twin["sessions"], twin["own_roles"], bool(twin["signed_in_at"])) == (1, [], True)
    with scene.work.reading() as unit:
        last = list(unit.audit.rows(f"account:{number}"))
    assert [row.action for row in last] == ["account.created", "account.signed_in"]
    assert last[0].detail["by"] == f"account:{admin.get('/accounts.json?text=boss').json()['accounts'][0]['number']}"


def test_a_password_can_be_typed(admin: Client) -> None:
    typed = NEW | {"login": "gate", "role": ["gate_integrator"], "name": "Barrier Ltd", "new": OTHER, "again": OTHER}
    made = admin.act("/accounts", typed)
    assert (made.status_code, made.headers["location"].endswith("?done=created")) == (303, True)
    assert "The account is made" in admin.get(made.headers["location"]).text
    assert admin.get("/accounts.json?text=barrier").json()["accounts"][0]["state"] == "open"
    assert signs_in(admin, "gate", OTHER) == 303


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"login": "x", "role": ["manager"]}, "comes with a position"),
        ({"login": "x"}, "could see nothing"),
        ({"login": "two words", "role": ["engineering"]}, "cannot be a login"),
        ({"login": "BOSS", "role": ["engineering"]}, "such an account already"),
        ({"new": "short", "again": "short"}, "at least 10"),
        ({"new": OTHER, "again": "other"}, "differ"),
        ({"role": ["king"]}, "incomplete"),
    ],
)
def test_the_same_is_refused_as_on_the_command_line(
    admin: Client, given: dict[str, str | list[str]], words: str
) -> None:
    answer = admin.act("/accounts", {**NEW, **given})
    assert (answer.status_code, words in answer.text) == (422, True), answer.text
    assert [row["login"] for row in admin.get("/accounts.json").json()["accounts"]] == ["boss"]
    assert admin.act("/accounts", {**NEW, "person": "nobody"}).status_code == 404


def test_accounts_are_found_and_sorted(admin: Client, scene: Scene) -> None:
    scene.account("anna", Role.ENGINEERING)
    scene.account("zoe", person="li-wei", must_change=True)
    scene.account("mary", Role.ENGINEERING, disabled=True)

    def logins(query: str) -> list[str]:
        return [row["login"] for row in admin.get(f"/accounts.json?{query}").json()["accounts"]]

    assert logins("") == ["anna", "boss", "mary", "zoe"]
    assert logins("sort=-login") == ["zoe", "mary", "boss", "anna"]
    assert logins("role=engineering") == ["anna", "mary"]
    assert logins("state=disabled") == ["mary"]
    assert logins("text=李") == ["zoe"]
    assert logins("sort=state")[:2] == ["mary", "zoe"]
    assert logins("sort=-sessions")[0] == "boss"
    assert admin.get("/accounts.json?sort=password").status_code == 422
    page = admin.get("/accounts?state=must_change&role=technician")
    assert "Must change the password" in page.text
    assert 'data-account="anna"' not in page.text
    assert "1 account" in page.text


def test_roles_are_changed_at_once(admin: Client, scene: Scene) -> None:
    anna = scene.account("anna", Role.ENGINEERING)
    browser = admin.another(scene.session(anna))
    assert browser.get("/programs").status_code == 200
    assert admin.act(f"/accounts/{anna.id}/roles", {"role": ["gate_integrator"]}).status_code == 303
    assert browser.get("/programs").status_code == 403
    assert "could see nothing" in admin.act(f"/accounts/{anna.id}/roles", {}).text
    assert "comes with a position" in admin.act(f"/accounts/{anna.id}/roles", {"role": ["foreman"]}).text


def test_another_password_ends_all_sessions(admin: Client, scene: Scene) -> None:
    anna = scene.account("anna", Role.ENGINEERING)
    browser = admin.another(scene.session(anna))
    password = shown_secret(admin.act(f"/accounts/{anna.id}/password", {}).text)
    assert browser.get("/programs").status_code == 303
    assert (signs_in(admin, "anna", PASSWORD), signs_in(admin, "anna", password)) == (422, 303)
    typed = {"new": OTHER, "again": OTHER}
    assert admin.act(f"/accounts/{anna.id}/password", typed).headers["location"].endswith("?done=password")
    assert admin.get(f"/accounts/{anna.id}.json").json()["account"]["state"] == "must_change"
    assert "differ" in admin.act(f"/accounts/{anna.id}/password", {**typed, "again": "x"}).text


def test_a_paused_account_is_unlocked(admin: Client, scene: Scene) -> None:
    anna = scene.account("anna", Role.ENGINEERING)
    for _ in range(FREE):
        assert signs_in(admin, "anna", "wrong") == 422
    assert signs_in(admin, "anna", PASSWORD) == 429
    twin = admin.get(f"/accounts/{anna.id}.json").json()
    assert (twin["account"]["state"], twin["account"]["pause"] > 0) == ("paused", True)
    assert [line["step"] for line in twin["record"]] == ["held_off", "failed", "failed", "failed"]
    assert "Unlock" in admin.get(f"/accounts/{anna.id}").text
    assert admin.act(f"/accounts/{anna.id}/unlock", {}).status_code == 303
    assert signs_in(admin, "anna", PASSWORD) == 303


def test_sessions_are_ended(admin: Client, scene: Scene) -> None:
    anna = scene.account("anna", Role.ENGINEERING)
    one, two, three = (admin.another(scene.session(anna)) for _ in range(3))
    sessions = [each["id"] for each in admin.get(f"/accounts/{anna.id}.json").json()["sessions"]]
    assert admin.act(f"/accounts/{anna.id}/sign-out", {"session": str(max(sessions))}).status_code == 303
    assert [each.get("/programs").status_code for each in (one, two, three)] == [200, 200, 303]
    assert admin.act(f"/accounts/{anna.id}/sign-out", {"session": "99"}).status_code == 404
    assert admin.act(f"/accounts/{anna.id}/sign-out", {"session": "x"}).status_code == 404
    admin.act(f"/accounts/{anna.id}/sign-out", {})
    assert [each.get("/programs").status_code for each in (one, two)] == [303, 303]


def test_an_account_is_closed_after_a_tick_and_opened_again(admin: Client, scene: Scene) -> None:
    anna = scene.account("anna", Role.ENGINEERING)
    browser = admin.another(scene.session(anna))
    assert "Tick that you mean it" in admin.act(f"/accounts/{anna.id}/disable", {}).text
    assert browser.get("/programs").status_code == 200
    assert admin.act(f"/accounts/{anna.id}/disable", {"sure": "1"}).status_code == 303
    assert browser.get("/programs").status_code == 303
    assert signs_in(admin, "anna", PASSWORD) == 422
    assert "已停用" in admin.get(f"/accounts/{anna.id}", "zh-CN").text
    assert admin.act(f"/accounts/{anna.id}/enable", {}).status_code == 303
    assert signs_in(admin, "anna", PASSWORD) == 303


def test_the_last_system_administrator_stays(admin: Client, scene: Scene, boss: Account) -> None:
    for act, form in (("disable", {"sure": "1"}), ("roles", {"role": ["engineering"]})):
        answer = admin.act(f"/accounts/{boss.id}/{act}", form)
        assert (answer.status_code, "last system administrator" in answer.text) == (422, True)
    scene.account("second", Role.SYSTEM_ADMINISTRATOR)
    assert admin.act(f"/accounts/{boss.id}/disable", {"sure": "1"}).status_code == 303
    assert admin.get("/accounts").headers["location"].startswith("/sign-in")


def test_without_tls_no_password_and_no_key_is_sent(scene: Scene, boss: Account) -> None:
    lan = Client(deps_on(scene), address="http://10.0.0.2:8080")
    lan.cookies.set("session", scene.session(boss), domain="10.0.0.2")
    with scene.work.reading() as unit:
        (session,) = unit.sessions.of(boss.id)
    from api.session import csrf_of

    form = {"csrf": csrf_of(lan.deps, session)}
    for path, given in (("/accounts", {**NEW}), ("/keys", {"name": "x", "scope": "read", "days": "1"})):
        answer = lan.post(path, {**form, **given})
        assert (answer.status_code in (403, 422), "unencrypted" in answer.text) == (True, True), answer.text
    with scene.work.reading() as unit:
        assert (len(unit.accounts.all()), unit.api_keys.all()) == (1, [])


def test_a_key_is_shown_once_and_revoked_after_a_tick(admin: Client, scene: Scene) -> None:
    made = admin.act("/keys", {"name": "prometheus", "scope": ["metrics", "read"], "days": "30"})
    token = shown_secret(made.text)
    assert re.fullmatch(r"fk_[\w-]{43}", token)
    header = {"authorization": f"Bearer {token}"}
    assert admin.another().get("/orders.json", **header).status_code == 200
    page = admin.get("/keys")
    assert token not in page.text
    assert "prometheus" in page.text
    (row,) = admin.get("/keys.json").json()["keys"]
    assert (row["state"], row["scopes"], bool(row["used_at"])) == ("valid", ["read", "metrics"], True)
    assert "Tick that you mean it" in admin.act("/keys/1/revoke", {}).text
    assert admin.act("/keys/1/revoke", {"sure": "1"}).status_code == 303
    assert admin.another().get("/orders.json", **header).status_code == 401
    assert admin.get("/keys.json").json()["keys"][0]["state"] == "revoked"
    assert admin.act("/keys/9/revoke", {"sure": "1"}).status_code == 404
    with scene.work.reading() as unit:
        assert unit.api_keys.find(hash_of(token)) is not None
        assert [each.step for each in unit.sign_ins.recent(2)] == [SignInStep.KEY_REVOKED, SignInStep.KEY_MADE]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"name": " "}, "which machine"),
        ({"scope": []}, "what the key opens"),
        ({"scope": ["all"]}, "what the key opens"),
        ({"days": "0"}, "1 to 1096 days"),
        ({"days": "9999"}, "1 to 1096 days"),
        ({"days": "x"}, "1 to 1096 days"),
    ],
)
def test_a_key_without_name_scope_or_end_is_not_issued(
    admin: Client, given: dict[str, str | list[str]], words: str
) -> None:
    answer = admin.act("/keys", {"name": "x", "scope": ["read"], "days": "30", **given})
    assert (answer.status_code, words in answer.text) == (422, True)
    assert admin.get("/keys.json").json()["keys"] == []


def test_nobody_else_sees_accounts(client: Client) -> None:
    for path in ("/accounts", "/keys", "/accounts.json"):
        assert client.get(path).status_code == 403
    assert 'href="/accounts"' not in client.get("/overview").text
