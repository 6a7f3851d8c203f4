"""Every route × every role × nobody × another estate × another website × machines; a route that declares nothing is refused."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI
from fastapi.routing import APIRoute
from starlette.routing import Route

from api.app import make_app
from api.deps import deps_of
from api.rights import Access, allow, public, require_declared, routes_of, signed_in
from api.session import csrf_of
from facility.domain.account import Account, Identity, Scope, hash_of
from facility.domain.role import Role
from facility.store.sql import SqlWork
from tests.api.conftest import Client, deps_on, no_background
from tests.api.scene import Scene

ROLES = (
    "manager",
    "administrator",
    "system_administrator",
    "supervisor",
    "foreman",
    "technician",
    "public_order_officer",
    "front_desk",
    "engineering",
    "gate_integrator",
)
EVERYBODY, LINK, SIGNED = "everybody", "link", "signed"  # signed: the signature is judged, not the sender
ACCOUNTS = frozenset(ROLES)
STAFF = ACCOUNTS - {"gate_integrator"}
OPERATORS = frozenset({"manager", "supervisor", "foreman", "engineering", "system_administrator"})
ADMIN = frozenset({"system_administrator"})
OVERSEERS = frozenset({"manager", "system_administrator"})
SWITCHERS = frozenset({"manager", "administrator", "supervisor"})
HOME_KEEPERS = frozenset({"manager", "administrator", "supervisor", "front_desk"})
REQUEST_KEEPERS = HOME_KEEPERS | {"foreman"}
SPOT_CHECKERS = frozenset({"manager", "supervisor"})
PLANNERS = frozenset({"manager", "administrator", "supervisor", "foreman", "system_administrator"})

RIGHTS: dict[tuple[str, str], tuple[str | frozenset[str], str]] = {
    ("GET", "/"): (ACCOUNTS, ""),
    ("GET", "/overview"): (STAFF, ""),
    ("GET", "/overview.json"): (STAFF, "read"),
    ("GET", "/assets"): (STAFF, ""),
    ("GET", "/assets.json"): (STAFF, "read"),
    ("GET", "/assets.xlsx"): (STAFF, ""),
    ("GET", "/assets/{asset}"): (STAFF, ""),
    ("GET", "/assets/{asset}.json"): (STAFF, "read"),
    ("GET", "/assets/{asset}/points/{point}"): (STAFF, ""),
    ("GET", "/assets/{asset}/points/{point}.json"): (STAFF, "read"),
    ("GET", "/assets/{asset}/points/{point}/growth.json"): (STAFF, "read"),
    ("GET", "/alerts"): (STAFF, ""),
    ("GET", "/alerts.json"): (STAFF, "read"),
    ("GET", "/alerts/{number}"): (STAFF, ""),
    ("GET", "/alerts/{number}.json"): (STAFF, "read"),
    ("GET", "/orders"): (STAFF, ""),
    ("GET", "/orders.json"): (STAFF, "read"),
    ("GET", "/orders/{number}"): (STAFF, ""),
    ("GET", "/orders/{number}/steps.json"): (STAFF, ""),
    ("POST", "/orders/{number}/steps.json"): (STAFF, ""),
    ("POST", "/orders/{number}/steps"): (STAFF, ""),
    ("POST", "/orders/assign.json"): (PLANNERS, ""),
    ("POST", "/orders/assign"): (PLANNERS, ""),
    ("GET", "/orders.csv"): (STAFF, ""),
    ("GET", "/orders.xlsx"): (STAFF, ""),
    ("GET", "/orders/spot-checks"): (SPOT_CHECKERS, ""),
    ("GET", "/orders/spot-checks.json"): (SPOT_CHECKERS, ""),
    ("GET", "/orders/unassigned"): (PLANNERS, ""),
    ("GET", "/orders/unassigned.json"): (PLANNERS, ""),
    ("GET", "/orders/{number}/photos/{photo}.jpg"): (STAFF, ""),
    ("POST", "/orders/{number}/photos"): (STAFF, ""),
    ("POST", "/orders/{number}/photos.json"): (STAFF, ""),
    ("GET", "/orders/{number}/used.json"): (STAFF, ""),
    ("POST", "/orders/{number}/used"): (STAFF, ""),
    ("POST", "/orders/{number}/used.json"): (STAFF, ""),
    ("POST", "/orders/{number}/used/{used}/strike.json"): (STAFF, ""),
    ("GET", "/o/{token}/photos/{photo}.jpg"): (LINK, ""),
    ("POST", "/o/{token}/photos"): (LINK, ""),
    ("POST", "/o/{token}/photos.json"): (LINK, ""),
    ("POST", "/o/{token}/used"): (LINK, ""),
    ("POST", "/orders/{number}/contact"): (STAFF, ""),
    ("POST", "/o/{token}/contact"): (LINK, ""),
    ("GET", "/requests.json"): (REQUEST_KEEPERS, ""),
    ("GET", "/requests"): (REQUEST_KEEPERS, ""),
    ("GET", "/requests/new"): (REQUEST_KEEPERS, ""),
    ("GET", "/requests/new/homes"): (REQUEST_KEEPERS, ""),
    ("POST", "/requests"): (REQUEST_KEEPERS, ""),
    ("POST", "/requests.json"): (REQUEST_KEEPERS, ""),
    ("GET", "/requests/{number}.json"): (REQUEST_KEEPERS, ""),
    ("GET", "/requests/{number}"): (REQUEST_KEEPERS, ""),
    ("POST", "/requests/{number}/phone"): (REQUEST_KEEPERS, ""),
    ("POST", "/requests/{number}/acts"): (REQUEST_KEEPERS, ""),
    ("POST", "/requests/{number}/acts.json"): (REQUEST_KEEPERS, ""),
    ("GET", "/call-backs.json"): (REQUEST_KEEPERS, ""),
    ("GET", "/call-backs"): (REQUEST_KEEPERS, ""),
    ("GET", "/unresolved.json"): (STAFF, ""),
    ("GET", "/unresolved"): (STAFF, ""),
    ("GET", "/report/{token}"): (LINK, ""),
    ("POST", "/report/{token}"): (LINK, ""),
    ("GET", "/report-places.json"): (REQUEST_KEEPERS, ""),
    ("GET", "/report-places"): (REQUEST_KEEPERS, ""),
    ("POST", "/report-places"): (REQUEST_KEEPERS, ""),
    ("POST", "/report-places/{number}/revoke"): (REQUEST_KEEPERS, ""),
    ("GET", "/energy.json"): (STAFF, "read"),
    ("GET", "/energy.xlsx"): (STAFF, ""),
    ("GET", "/energy"): (STAFF, ""),
    ("GET", "/figures.json"): (STAFF, "read"),
    ("GET", "/figures"): (STAFF, ""),
    ("GET", "/figures/{id}.json"): (STAFF, "read"),
    ("GET", "/figures/{id}.csv"): (STAFF, ""),
    ("GET", "/figures/{id}"): (STAFF, ""),
    ("POST", "/buildings/assess"): (PLANNERS, ""),
    ("GET", "/reports.json"): (STAFF, "read"),
    ("GET", "/reports"): (STAFF, ""),
    ("GET", "/reports/{number}.json"): (STAFF, "read"),
    ("GET", "/reports/{number}.xlsx"): (STAFF, ""),
    ("GET", "/reports/{number}"): (STAFF, ""),
    ("GET", "/my-day"): (STAFF, ""),
    ("GET", "/my-day.json"): (STAFF, ""),
    ("GET", "/orders/{number}.json"): (STAFF, "read"),
    ("GET", "/stream"): (STAFF, "read"),
    ("GET", "/programs"): (OPERATORS, ""),
    ("GET", "/programs.json"): (OPERATORS, "read"),
    ("GET", "/openapi.json"): (ACCOUNTS, "read"),
    ("GET", "/account"): (ACCOUNTS, ""),
    ("GET", "/account.json"): (ACCOUNTS, ""),
    ("POST", "/account/password"): (ACCOUNTS, ""),
    ("POST", "/account/sessions/{number}/end"): (ACCOUNTS, ""),
    ("POST", "/account/sign-out-everywhere"): (ACCOUNTS, ""),
    ("POST", "/sign-out"): (ACCOUNTS, ""),
    ("GET", "/metrics"): (OPERATORS, "metrics"),
    ("GET", "/healthz"): (EVERYBODY, ""),
    ("GET", "/readyz"): (EVERYBODY, ""),
    ("GET", "/sign-in"): (EVERYBODY, ""),
    ("POST", "/sign-in"): (EVERYBODY, ""),
    ("GET", "/first-run"): (EVERYBODY, ""),
    ("POST", "/first-run"): (EVERYBODY, ""),
    ("GET", "/plans.json"): (STAFF, "read"),
    ("GET", "/plans"): (STAFF, ""),
    ("GET", "/plans/month.json"): (STAFF, "read"),
    ("GET", "/plans/month"): (STAFF, ""),
    ("GET", "/plans/{plan}.json"): (STAFF, "read"),
    ("GET", "/plans/{plan}"): (STAFF, ""),
    ("POST", "/plans/{plan}/excuse"): (PLANNERS, ""),
    ("POST", "/plans/{plan}/open"): (PLANNERS, ""),
    ("GET", "/certificates.json"): (STAFF, "read"),
    ("GET", "/certificates.csv"): (STAFF, ""),
    ("GET", "/certificates"): (STAFF, ""),
    ("POST", "/certificates/{asset}/{kind}"): (PLANNERS, ""),
    ("GET", "/plans/{plan}/switch.json"): (SWITCHERS, ""),
    ("POST", "/plans/{plan}/switch"): (SWITCHERS, ""),
    ("POST", "/plans/{plan}/switch.json"): (SWITCHERS, ""),
    ("GET", "/plans/{plan}/change.json"): (SWITCHERS, ""),
    ("POST", "/plans/{plan}/change.json"): (SWITCHERS, ""),
    ("GET", "/plans/{plan}/change"): (SWITCHERS, ""),
    ("POST", "/plans/{plan}/change"): (SWITCHERS, ""),
    ("GET", "/homes.json"): (HOME_KEEPERS, ""),
    ("GET", "/homes"): (HOME_KEEPERS, ""),
    ("GET", "/homes/list.xlsx"): (HOME_KEEPERS, ""),
    ("GET", "/homes/import"): (HOME_KEEPERS, ""),
    ("POST", "/homes/import"): (HOME_KEEPERS, ""),
    ("POST", "/homes/import.json"): (HOME_KEEPERS, ""),
    ("GET", "/homes/import/{name}.json"): (HOME_KEEPERS, ""),
    ("GET", "/homes/import/{name}"): (HOME_KEEPERS, ""),
    ("POST", "/homes/import/{name}.json"): (HOME_KEEPERS, ""),
    ("POST", "/homes/import/{name}"): (HOME_KEEPERS, ""),
    ("GET", "/homes/{number}.json"): (HOME_KEEPERS, ""),
    ("GET", "/homes/{number}"): (HOME_KEEPERS, ""),
    ("POST", "/homes/{number}/phones"): (HOME_KEEPERS, ""),
    ("POST", "/homes/{number}/residents"): (HOME_KEEPERS, ""),
    ("POST", "/homes/{number}/residents/{resident}.json"): (HOME_KEEPERS, ""),
    ("POST", "/homes/{number}/residents/{resident}"): (HOME_KEEPERS, ""),
    ("POST", "/homes/{number}/residents/{resident}/leave"): (HOME_KEEPERS, ""),
    ("POST", "/homes/{number}/residents/{resident}/erase"): (HOME_KEEPERS, ""),
    ("POST", "/homes/{number}/vacant"): (HOME_KEEPERS, ""),
    ("GET", "/orders/{number}/print"): (STAFF, ""),
    ("GET", "/assets/{asset}/label"): (STAFF, ""),
    ("GET", "/labels"): (STAFF, ""),
    ("GET", "/calendar/{token}.ics"): (LINK, ""),
    ("GET", "/account/calendar"): (STAFF, ""),
    ("POST", "/account/calendar"): (STAFF, ""),
    ("POST", "/account/calendar/{number}/revoke"): (STAFF, ""),
    ("GET", "/handover.json"): (STAFF, "read"),
    ("GET", "/handover/new.json"): (STAFF, ""),
    ("POST", "/handover.json"): (STAFF, ""),
    ("POST", "/handover/{number}/take.json"): (STAFF, ""),
    ("POST", "/handover/{number}/add.json"): (STAFF, ""),
    ("GET", "/handover"): (STAFF, ""),
    ("GET", "/handover/new"): (STAFF, ""),
    ("POST", "/handover"): (STAFF, ""),
    ("GET", "/handover/{number}.json"): (STAFF, "read"),
    ("GET", "/handover/{number}"): (STAFF, ""),
    ("POST", "/handover/{number}/take"): (STAFF, ""),
    ("POST", "/handover/{number}/add"): (STAFF, ""),
    ("GET", "/people.json"): (STAFF, "read"),
    ("GET", "/people"): (STAFF, ""),
    ("GET", "/duty.json"): (STAFF, "read"),
    ("GET", "/gaps.json"): (STAFF, "read"),
    ("GET", "/people/{login}.json"): (STAFF, "read"),
    ("GET", "/people/{login}"): (STAFF, ""),
    ("GET", "/people/{login}/leave.json"): (STAFF, "read"),
    ("GET", "/people/{login}/leave"): (STAFF, ""),
    ("GET", "/rosters.json"): (STAFF, "read"),
    ("GET", "/rosters/{roster}.json"): (STAFF, "read"),
    ("GET", "/rosters/{roster}"): (STAFF, ""),
    ("POST", "/people/{login}/absences"): (PLANNERS, ""),
    ("POST", "/people/{login}/absences/{absence}/end"): (PLANNERS, ""),
    ("POST", "/people/{login}/deputies"): (PLANNERS, ""),
    ("POST", "/people/{login}/skills"): (PLANNERS, ""),
    ("PUT", "/people/{login}/skills.json"): (PLANNERS, ""),
    ("POST", "/people/{login}/quiet"): (PLANNERS, ""),
    ("POST", "/people/{login}/ways/{channel}/verified"): (PLANNERS, ""),
    ("POST", "/people/{login}/leave"): (PLANNERS, ""),
    ("POST", "/rosters/{roster}/swaps"): (PLANNERS, ""),
    ("POST", "/people/{login}/absences.json"): (PLANNERS, ""),
    ("DELETE", "/people/{login}/absences/{absence}.json"): (PLANNERS, ""),
    ("PUT", "/people/{login}/deputies.json"): (PLANNERS, ""),
    ("POST", "/rosters/{roster}/swaps.json"): (PLANNERS, ""),
    ("DELETE", "/rosters/{roster}/swaps/{day}/{shift}.json"): (PLANNERS, ""),
    ("GET", "/accounts.json"): (ADMIN, ""),
    ("GET", "/accounts"): (ADMIN, ""),
    ("POST", "/accounts"): (ADMIN, ""),
    ("GET", "/accounts/{number}.json"): (ADMIN, ""),
    ("GET", "/accounts/{number}"): (ADMIN, ""),
    ("POST", "/accounts/{number}/password"): (ADMIN, ""),
    ("POST", "/accounts/{number}/roles"): (ADMIN, ""),
    ("POST", "/accounts/{number}/unlock"): (ADMIN, ""),
    ("POST", "/accounts/{number}/sign-out"): (ADMIN, ""),
    ("POST", "/accounts/{number}/disable"): (ADMIN, ""),
    ("POST", "/accounts/{number}/enable"): (ADMIN, ""),
    ("GET", "/keys.json"): (ADMIN, ""),
    ("GET", "/keys"): (ADMIN, ""),
    ("POST", "/keys"): (ADMIN, ""),
    ("POST", "/keys/{number}/revoke"): (ADMIN, ""),
    ("GET", "/audit.json"): (OVERSEERS, ""),
    ("GET", "/audit.csv"): (OVERSEERS, ""),
    ("GET", "/audit"): (OVERSEERS, ""),
    ("GET", "/audit/verify.json"): (OVERSEERS, ""),
    ("GET", "/audit/verify"): (OVERSEERS, ""),
    ("GET", "/channels.json"): (PLANNERS, "read"),
    ("GET", "/channels"): (PLANNERS, ""),
    ("POST", "/channels/tests.json"): (OVERSEERS, ""),
    ("POST", "/channels/tests"): (OVERSEERS, ""),
    ("GET", "/channels/tests/{number}.json"): (PLANNERS, "read"),
    ("GET", "/channels/tests/{number}"): (PLANNERS, ""),
    ("GET", "/drills.json"): (STAFF, "read"),
    ("POST", "/drills"): (PLANNERS, ""),
    ("POST", "/drills/{number}/end"): (PLANNERS, ""),
    ("POST", "/drills/{number}/evaluation"): (PLANNERS, ""),
    ("GET", "/drills"): (STAFF, ""),
    ("GET", "/drills/{number}.json"): (STAFF, "read"),
    ("GET", "/drills/{number}"): (STAFF, ""),
    ("GET", "/alerts/{number}/plan.json"): (STAFF, "read"),
    ("GET", "/alerts/kinds.json"): (STAFF, "read"),
    ("POST", "/alerts.json"): (STAFF, ""),
    ("GET", "/alerts/raise"): (STAFF, ""),
    ("POST", "/alerts/raise"): (STAFF, ""),
    ("GET", "/suppressions.json"): (STAFF, "read"),
    ("POST", "/suppressions.json"): (PLANNERS, ""),
    ("POST", "/suppressions/{number}/end.json"): (PLANNERS, ""),
    ("POST", "/suppressions/{number}/end"): (PLANNERS, ""),
    ("GET", "/alerts/history.json"): (STAFF, "read"),
    ("GET", "/alerts/history.csv"): (STAFF, ""),
    ("GET", "/alerts/history.xlsx"): (STAFF, ""),
    ("GET", "/alerts/history"): (STAFF, ""),
    ("GET", "/alerts/announced.json"): (STAFF, "read"),
    ("POST", "/alerts/announced.json"): (PLANNERS, ""),
    ("POST", "/alerts/announced/{number}/cancel.json"): (PLANNERS, ""),
    ("GET", "/alerts/announced"): (STAFF, ""),
    ("POST", "/alerts/announced"): (PLANNERS, ""),
    ("POST", "/alerts/announced/{number}/cancel"): (PLANNERS, ""),
    ("GET", "/alerts/figures.json"): (STAFF, "read"),
    ("GET", "/alerts/figures"): (STAFF, ""),
    ("GET", "/alerts/figures/list.json"): (STAFF, "read"),
    ("GET", "/alerts/figures/list"): (STAFF, ""),
    ("POST", "/alerts/figures/tune"): (OPERATORS, ""),
    ("POST", "/alerts/{number}/acknowledge.json"): (STAFF, ""),
    ("POST", "/alerts/{number}/acknowledge"): (STAFF, ""),
    ("POST", "/alerts/{number}/shelve.json"): (PLANNERS, ""),
    ("POST", "/alerts/{number}/shelve"): (PLANNERS, ""),
    ("POST", "/alerts/{number}/comment.json"): (STAFF, ""),
    ("POST", "/alerts/{number}/comment"): (STAFF, ""),
    ("POST", "/alerts/{number}/told.json"): (STAFF, ""),
    ("POST", "/alerts/{number}/told"): (STAFF, ""),
    ("POST", "/alerts/{number}/reset.json"): (STAFF, ""),
    ("POST", "/alerts/{number}/reset"): (STAFF, ""),
    ("POST", "/alerts/{number}/over.json"): (STAFF, ""),
    ("POST", "/alerts/{number}/over"): (STAFF, ""),
    ("POST", "/alerts/{number}/out-of-service.json"): (PLANNERS, ""),
    ("POST", "/alerts/{number}/out-of-service"): (PLANNERS, ""),
    ("POST", "/receipts/{channel}"): (SIGNED, ""),
    ("GET", "/cards/{channel}"): (SIGNED, ""),
    ("POST", "/cards/{channel}"): (SIGNED, ""),
    ("GET", "/a/{token}"): (LINK, ""),
    ("POST", "/a/{token}/plan"): (LINK, ""),
    ("POST", "/a/{token}"): (LINK, ""),
    ("GET", "/o/{token}"): (LINK, ""),
    ("POST", "/o/{token}"): (LINK, ""),
}
"""Method and path → who: everybody, whoever holds the link, or roles; and the scope of keys that open it."""

NOW = datetime(2026, 11, 23, tzinfo=UTC)
EXAMPLES = {
    "asset": "incomer-1",
    "point": "energy",
    "number": "1",
    "token": "bad",
    "login": "chen-jing",
    "roster": "guards",
    "absence": "1",
    "channel": "wecom",
    "day": "2036-01-06",
    "shift": "早班",
    "plan": "fire-pump-start",
    "kind": "annual-test",
    "resident": "1",
    "name": "a-list",
    "photo": "1",
    "id": "repair_timeliness",
    "used": "1",
}


@dataclass
class House:
    """An application on a scene, and a browser for each role."""

    scene: Scene
    client: Client
    accounts: dict[str, int]

    def ask(self, route: tuple[str, str], token: str, **headers: str) -> httpx.Response:
        """One request with this session; forms carry its token against forgery."""
        client = self.client.another(token)
        method, path = route[0], route[1].format(**EXAMPLES)
        form: dict[str, str | list[str]] | None = None
        if method != "GET":
            with self.scene.work.reading() as unit:
                session = unit.sessions.find(hash_of(token))
            form = {"csrf": csrf_of(self.client.deps, session) if session else ""}
        return client.send(method, path, headers, form)

    def session(self, role: str) -> str:
        """A fresh session of whoever has this role."""
        with self.scene.work.reading() as unit:
            account = unit.accounts.get(self.accounts[role])
        return self.scene.session(account)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    scene = Scene(tmp_path_factory.mktemp("rights") / "data")
    for fill in (scene.people, scene.programs, scene.readings, scene.plans, scene.incident):
        fill()
    scene.account("acted-on")  # number 1: what is done to accounts is done to it
    accounts = {role: scene.account(role.replace("_", "-"), Role(role)).id for role in ROLES}
    client = Client(deps_on(scene))
    client.deps.feed.close()  # a stream ends at once
    return House(scene, client, accounts)


def is_let_in(answer: httpx.Response) -> bool:
    """Neither sent to the sign-in page nor refused."""
    if answer.status_code == 401 or answer.headers.get("location", "").startswith("/sign-in?"):
        return False
    return answer.status_code != 403


def test_the_table_names_every_route(house: House) -> None:
    app = make_app(house.client.deps, no_background).app.app  # type: ignore[attr-defined]
    routes = [route for route in routes_of(app.routes) if isinstance(route, APIRoute)]
    assert {(method, route.path) for route in routes for method in route.methods} == set(RIGHTS)


@pytest.mark.parametrize("role", ROLES)
def test_every_route_for_every_role(house: House, role: str) -> None:
    for route, (who, _) in RIGHTS.items():
        if who in (LINK, SIGNED):
            continue
        wanted = who == EVERYBODY or role in who
        answer = house.ask(route, house.session(role))
        assert is_let_in(answer) is wanted, (route, role, answer.status_code, answer.text[:200])
        assert answer.status_code < 500


def test_the_table_knows_every_role() -> None:
    assert set(ROLES) == {role.value for role in Role}


@pytest.mark.parametrize("token", ["", "no-such-session", "another estate"])
def test_nobody_gets_only_what_is_public(house: House, token: str) -> None:
    if token == "another estate":
        token = session_elsewhere(house.scene)
    for route, (who, _) in RIGHTS.items():
        answer = house.ask(route, token)
        if who == LINK:
            assert answer.status_code == 404, route  # the link is judged, not the reader
        elif who == SIGNED:
            assert answer.status_code == 401, route
        else:
            assert is_let_in(answer) is (who == EVERYBODY), (route, answer.status_code)


def session_elsewhere(scene: Scene) -> str:
    """A manager's session on another estate in the same database."""
    other = SqlWork(f"sqlite:///{scene.folder / 'work.db'}", "river")
    mine, scene.work = scene.work, other
    try:
        with other.reading() as unit:
            known = unit.accounts.by_login("manager-there")
        return scene.session(known or scene.account("manager-there", Role.MANAGER))
    finally:
        scene.work = mine
        other.close()


@pytest.mark.parametrize(
    "headers", [{"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"origin": "https://evil.test"}]
)
def test_another_website_can_post_nothing(house: House, headers: dict[str, str]) -> None:
    for route in RIGHTS:
        if route[0] == "POST":
            answer = house.ask(route, house.session("manager"), **headers)
            assert (answer.status_code, "another site" in answer.text) == (403, True), route


def test_a_form_without_its_token_changes_nothing(house: House) -> None:
    for route, (who, _) in RIGHTS.items():
        if route[0] == "GET" or who in (EVERYBODY, LINK, SIGNED):
            continue
        token = house.session("manager" if "manager" in who else min(who))
        client = house.client.another(token)
        for given in ({}, {"csrf": "0" * 32}, {"csrf": "é"}):
            headers = {"accept-language": "en", "sec-fetch-site": "same-origin"}
            answer = client.send(route[0], route[1].format(**EXAMPLES), headers, given)
            said = "not sent from a page of yours" in answer.text or "no valid token" in answer.text
            assert (answer.status_code, said) == (403, True), (route, answer.text[:200])
        with house.scene.work.reading() as unit:
            assert unit.sessions.find(hash_of(token)) is not None


@pytest.mark.parametrize("scope", [*Scope])
def test_every_route_for_keys_of_machines(house: House, scope: Scope) -> None:
    header = house.scene.key(scope)
    for route, (who, opens) in RIGHTS.items():
        if who in (LINK, SIGNED):
            continue
        answer = house.ask(route, "", **header)
        assert is_let_in(answer) is (who == EVERYBODY or opens == scope), (route, answer.status_code)


def test_a_wrong_key_is_not_helped_by_a_session(house: House) -> None:
    answer = house.ask(("GET", "/overview.json"), house.session("manager"), authorization="Bearer fk_wrong")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


def test_metrics_are_open_to_programs_on_the_machine_alone(house: House) -> None:
    def status(address: str, peer: str, **headers: str) -> int:
        return Client(house.client.deps, address=address, peer=peer).get("/metrics", **headers).status_code

    assert status("http://127.0.0.1:8080", "127.0.0.1") == 200
    assert status("http://localhost:8080", "::1") == 200
    assert status("http://127.0.0.1:8080", "10.0.0.7") == 401
    assert status("http://facility.test", "127.0.0.1") == 401
    assert status("http://127.0.0.1:8080", "127.0.0.1", **{"x-forwarded-for": "10.0.0.7"}) == 401


def test_answers_to_strangers_fit_who_asks(stranger: Client) -> None:
    page = stranger.get("/orders/7?lang=en")
    assert (page.status_code, page.headers["location"]) == (303, "/sign-in?next=%2Forders%2F7%3Flang%3Den")
    assert stranger.get("/orders.json").status_code == 401
    part = stranger.get("/overview", **{"hx-request": "true"})
    assert (part.status_code, part.headers["hx-redirect"]) == (401, "/sign-in?next=%2Foverview")
    assert stranger.get("/nothing").status_code == 404


def test_a_role_that_may_not_is_told_so_in_both_languages(house: House) -> None:
    client = house.client.another(house.session("gate_integrator"))
    assert "None of your roles may see this" in client.get("/overview").text
    assert "无权查看" in client.get("/overview", "zh").text
    assert client.get("/").headers["location"] == "/account"


def test_roles_come_and_go_with_positions(tmp_path: Path) -> None:
    scene = Scene(tmp_path / "data")
    scene.people()
    client = Client(deps_on(scene), scene.session(scene.account("wang-qiang", person="wang-qiang")))
    assert client.get("/programs").status_code == 200
    with scene.work.writing() as unit:
        person = next(one for one in unit.people.all() if one.login == "wang-qiang")
        unit.people.put(type(person)(person.id, person.login, person.name, person.language, ()))
    assert client.get("/programs").status_code == 403


def test_a_route_that_declares_nothing_or_two_things_is_refused_at_the_start() -> None:
    router = APIRouter()

    @router.get("/open")
    def forgotten() -> str:
        return ""

    @router.get("/twice", dependencies=[public(), allow(Role.MANAGER)])
    def twice() -> str:
        return ""

    @router.get("/other", dependencies=[Depends(deps_of)])
    def other() -> str:
        return ""

    @router.get("/fine", dependencies=[signed_in()])
    def fine() -> str:
        return ""

    outer = APIRouter()
    outer.include_router(router, prefix="/deep")
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.include_router(outer)
    app.router.routes.append(Route("/plain", lambda request: None))
    with pytest.raises(RuntimeError) as refused:
        require_declared(app.routes)
    assert str(refused.value).endswith(": /open, /other, /plain, /twice")


def test_what_declares_nobody_lets_nobody_in() -> None:
    everything = Identity("machine", scopes=frozenset(Scope))
    person = Identity(
        "person", frozenset(Role), account=Account(1, "x", "x", 0, frozenset(), "", False, False, NOW, NOW)
    )
    assert not Access().permits(everything)
    assert not Access().permits(person)
    assert not Access(accounts=True, roles=frozenset(Role)).permits(everything)
