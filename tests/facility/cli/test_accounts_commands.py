"""`facility accounts` and `facility keys`: what they make, refuse and record."""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from facility import wiring
from facility.cli.program import app
from facility.clock import SystemClock
from facility.domain.account import CONSOLE, Lifetime, Visit, hash_of
from facility.domain.asset import Site
from facility.domain.throttle import Attempts
from facility.flow.sign_in import SignInRefused, sign_in, subjects
from facility.ports import Work
from facility.site import load
from facility.store.sql import SqlWork
from tests.harness.tables import lay_tables

DEMO = Path(__file__).resolve().parents[3] / "examples" / "demo"
PASSWORD = "gate pump tank lamp"


@dataclass(frozen=True)
class Stopped:
    """A clock that stands."""

    at: datetime

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()


class House:
    """The command line on a data folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.site: Site = load(DEMO / "site.yaml")
        self.clock = Stopped(SystemClock().now())
        self.file = folder / "password"
        self.file.write_text(f"{PASSWORD}\n", encoding="utf-8")

    @property
    def work(self) -> Work:
        return SqlWork(f"sqlite:///{self.folder / 'work.db'}", self.site.id)

    def run(self, *arguments: str, typed: str = "") -> Result:
        """A command with what is typed."""
        return CliRunner().invoke(app, arguments, input=typed)

    def sign_in(self, login: str, password: str, address: str) -> str:
        """Somebody at a browser."""
        return sign_in(
            self.work,
            wiring.passwords(),
            self.clock,
            Lifetime(),
            login=login,
            password=password,
            visit=Visit(address, "Firefox"),
        )

    def made(self, *arguments: str) -> Result:
        """`accounts create` with the password's file; it works."""
        result = self.run("accounts", "create", *arguments, "--password-file", str(self.file))
        assert result.exit_code == 0, result.output
        return result

    def accounts(self) -> dict[str, dict[str, object]]:
        """What `accounts list` says, by login."""
        return {row["login"]: row for row in json.loads(self.run("accounts", "list", "--json").stdout)}


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setenv("FACILITY_SITE", str(DEMO / "site.yaml"))
    monkeypatch.setenv("FACILITY_DATA", str(tmp_path))
    lay_tables(tmp_path / "work.db")
    return House(tmp_path)


def test_accounts_from_the_first_to_the_record(house: House) -> None:
    house.made("--login", "Admin", "--role", "system_administrator", "--name", "周")
    house.run("people", "import", str(DEMO / "people.yaml"), "--yes")
    assert "must be changed" in house.made("--login", "wang-qiang").output
    rows = house.accounts()
    assert (rows["admin"]["name"], rows["admin"]["roles"], rows["admin"]["state"]) == (
        "周",
        "system_administrator",
        "open",
    )
    assert (rows["wang-qiang"]["name"], rows["wang-qiang"]["roles"]) == ("王强", "supervisor")
    assert rows["wang-qiang"]["state"] == "must change password"
    assert house.run("accounts", "disable", "WANG-QIANG").exit_code == 0
    assert house.accounts()["wang-qiang"]["state"] == "disabled"
    assert house.run("accounts", "enable", "wang-qiang").exit_code == 0
    house.file.write_text("another word list")
    reset = ("accounts", "reset-password", "wang-qiang", "--password-file", str(house.file))
    assert house.run(*reset).exit_code == 0
    record = json.loads(house.run("accounts", "record", "wang-qiang", "--json").stdout)
    assert [row["step"] for row in record] == ["password_reset", "enabled", "disabled", "created"]
    assert {row["address"] for row in record} == {"console"}


def test_roles_are_replaced_and_the_last_system_administrator_stays(house: House) -> None:
    house.made("--login", "admin", "--role", "system_administrator")
    house.made("--login", "anna", "--role", "engineering")
    assert house.run("accounts", "roles", "ANNA", "--role", "gate_integrator").exit_code == 0
    assert house.accounts()["anna"]["roles"] == "gate_integrator"
    for refused, words in (
        (("roles", "anna"), "could see nothing"),
        (("roles", "anna", "--role", "manager"), "comes with a position"),
        (("roles", "admin", "--role", "engineering"), "last system administrator"),
        (("disable", "admin"), "last system administrator"),
    ):
        result = house.run("accounts", *refused)
        assert (result.exit_code, words in result.output) == (1, True), result.output
    assert (house.accounts()["admin"]["roles"], house.accounts()["admin"]["state"]) == ("system_administrator", "open")


def test_the_audit_tells_of_accounts_and_a_pause_is_ended(house: House) -> None:
    house.run("people", "import", str(DEMO / "people.yaml"), "--yes")
    house.made("--login", "wang-qiang")
    guesses = 12
    for number in range(guesses):  # from many addresses: it is the account that is paused
        with pytest.raises(SignInRefused):
            house.sign_in("wang-qiang", "wrong", f"10.0.{number}.1")
    with house.work.writing() as unit:  # the pause of a long row of them: the command asks the real clock
        unit.sign_ins.set_attempts(subjects("wang-qiang", CONSOLE)[0], Attempts(20, SystemClock().now()))
    assert house.accounts()["wang-qiang"]["state"] == "paused"
    assert house.run("accounts", "unlock", "wang-qiang").exit_code == 0
    house.sign_in("wang-qiang", PASSWORD, "10.0.0.1")
    listed = json.loads(house.run("audit", "list", "account:1", "--json").stdout)
    assert [row["action"].removeprefix("account.") for row in listed] == [
        "created", "failed", "paused", "unlocked", "signed_in",
    ]  # fmt: skip
    with house.work.reading() as unit:
        person = unit.people.named("wang-qiang").id
    assert [row["actor"] for row in listed] == ["program"] * 4 + [f"person:{person}"]
    held = json.loads(house.run("audit", "list", "sign_in", "--json").stdout)
    assert [(row["action"], row["detail"]["in_a_row"]) for row in held] == [
        ("sign_in.held_off", 1),
        ("sign_in.held_off", 3),
    ]
    assert "10.0." not in json.dumps(listed + held)
    verified = house.run("audit", "verify", "--json")
    assert (verified.exit_code, json.loads(verified.stdout)["broken"]) == (0, False)
    assert "wang-qiang" in house.run("audit", "list", "account:1").stdout


def test_a_password_is_typed_twice_and_never_shown(house: House) -> None:
    typed = house.run(
        "accounts", "create", "--login", "admin", "--role", "system_administrator", typed=f"{PASSWORD}\n{PASSWORD}\n"
    )
    assert typed.exit_code == 0, typed.output
    assert PASSWORD not in typed.output
    with house.work.reading() as unit:
        account = unit.accounts.by_login("admin")
    assert account is not None
    assert account.password.startswith("$argon2id$")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--login", "x", "--role", "manager"], "comes with a position"),
        (["--login", "x"], "nobody is called x and no role is given"),
        (["--login", "x", "--person", "nobody"], "person nobody does not exist"),
        (["--login", "two words", "--role", "engineering"], "cannot be a login"),
        (["--login", "ADMIN", "--role", "engineering"], "there is an account admin already"),
    ],
)
def test_what_is_refused_changes_nothing(house: House, arguments: list[str], words: str) -> None:
    house.made("--login", "admin", "--role", "system_administrator")
    result = house.run("accounts", "create", *arguments, "--password-file", str(house.file))
    assert (result.exit_code, words in result.output) == (1, True), result.output
    assert list(house.accounts()) == ["admin"]


def test_a_poor_password_is_refused(house: House) -> None:
    house.file.write_text("short")
    arguments = ["accounts", "create", "--login", "x", "--role", "engineering", "--password-file", str(house.file)]
    result = house.run(*arguments)
    assert (result.exit_code, "too short" in result.output) == (1, True)
    assert house.run("accounts", "disable", "x").exit_code == 1


def test_a_key_is_shown_once_and_can_be_ended(house: House) -> None:
    made = house.run("keys", "create", "--name", "prometheus", "--scope", "metrics", "--days", "30")
    assert made.exit_code == 0, made.output
    token = re.search(r"^fk_[\w-]{43}$", made.stdout, re.MULTILINE)
    assert token
    listed = house.run("keys", "list", "--json").stdout
    assert token[0] not in listed
    (row,) = json.loads(listed)
    assert (row["name"], row["scopes"], row["revoked_at"], row["used_at"]) == ("prometheus", ["metrics"], None, None)
    with house.work.reading() as unit:
        assert unit.api_keys.find(hash_of(token[0])) is not None
    assert house.run("keys", "revoke", "1", typed="n\n").exit_code == 1
    assert house.run("keys", "revoke", "1", "--yes").exit_code == 0
    assert "revoked" in house.run("keys", "list").stdout
    assert house.run("keys", "revoke", "7", "--yes").exit_code == 1
    assert token[0].encode() not in b"".join(path.read_bytes() for path in house.folder.glob("work.db*"))


@pytest.mark.parametrize(
    "arguments", [["--name", "x"], ["--name", "x", "--scope", "all"], ["--name", "x", "--scope", "read", "--days", "0"]]
)
def test_a_key_without_scope_or_end_is_not_made(house: House, arguments: list[str]) -> None:
    assert house.run("keys", "create", *arguments).exit_code == 2
