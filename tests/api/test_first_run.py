"""The first account: made once, by whoever has the code that stands on the machine's own disk."""

from html import unescape

import httpx
import pytest

from api.first_run import FirstRun
from api.program import prepare
from facility.domain.account import SignInStep
from facility.domain.role import Role
from tests.api.conftest import Client
from tests.api.scene import Scene


def steps(scene: Scene) -> list[SignInStep]:
    """What was recorded, oldest first."""
    with scene.work.reading() as unit:
        return [event.step for event in unit.sign_ins.recent(100)][::-1]


def first(client: Client, **given: str) -> httpx.Response:
    form = {"login": "admin", "name": "周", "new": "sluice valve board", "again": "sluice valve board"} | given
    return client.post("/first-run", form)


@pytest.fixture
def fresh(stranger: Client, scene: Scene) -> Client:
    """A browser on an installation in which nobody can sign in yet; its program has just started."""
    stranger.deps.first_run = FirstRun(scene.folder)
    stranger.deps.unprepared = {"work": "not asked yet"}
    prepare(stranger.deps)
    return stranger


def test_the_first_account_is_made_once_by_whoever_has_the_code(fresh: Client, scene: Scene) -> None:
    file = scene.folder / "first-run-code"
    assert file.stat().st_mode & 0o777 == 0o600
    assert "First account" in fresh.get("/sign-in").text
    assert "Nobody can sign in yet" in fresh.get("/first-run").text
    assert "code is wrong" in first(fresh, code="guess").text
    assert "code is wrong" in first(fresh).text
    answer = first(fresh, code=f" {file.read_text().upper()} ")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert not file.exists()
    assert "System administrator" in fresh.get("/account").text
    assert fresh.get("/first-run").status_code == first(fresh, code="x").status_code == 404
    assert steps(scene) == [SignInStep.FIRST_CREATED, SignInStep.SIGNED_IN]


def test_a_code_is_not_guessed(fresh: Client, scene: Scene) -> None:
    assert [first(fresh, code=str(n)).status_code for n in range(31)] == [422] * 30 + [429]
    assert first(fresh, code=(scene.folder / "first-run-code").read_text()).status_code == 429


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"new": "short", "again": "short"}, "at least 10"),
        ({"again": "other"}, "differ"),
        ({"login": "two words"}, "cannot be a login"),
        ({"login": " "}, "cannot be a login"),
    ],
)
def test_what_the_first_run_refuses(fresh: Client, scene: Scene, given: dict[str, str], words: str) -> None:
    answer = first(fresh, code=(scene.folder / "first-run-code").read_text(), **given)
    assert answer.status_code == 422
    assert words in unescape(answer.text)
    with scene.work.reading() as unit:
        assert unit.accounts.all() == []


def test_the_code_outlives_a_restart_and_goes_when_an_account_was_made_elsewhere(fresh: Client, scene: Scene) -> None:
    file = scene.folder / "first-run-code"
    code = file.read_text()
    fresh.deps.unprepared = {"work": "again"}
    prepare(fresh.deps)
    assert file.read_text() == code
    scene.account("admin", Role.SYSTEM_ADMINISTRATOR)
    fresh.deps.unprepared = {"work": "again"}
    prepare(fresh.deps)
    assert not file.exists()


def test_a_code_that_was_half_written_is_made_again(fresh: Client, scene: Scene) -> None:
    file = scene.folder / "first-run-code"
    file.write_text("")
    assert "code is wrong" in first(fresh, code="").text
    fresh.deps.unprepared = {"work": "again"}
    prepare(fresh.deps)
    assert len(file.read_text()) == 24
