"""`facility demo`, as the README's first command runs it: alive within a minute, and gone at Ctrl-C."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from facility.domain.role import Role
from facility.domain.text import Language
from facility.locale import text
from tests.harness.estate import Estate
from tests.harness.wait import until

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    estate = Estate(tmp_path)
    kept = ("FACILITY_API_PORT", "FACILITY_SIMULATORS_PORT", "FACILITY_BROKER_PORT")
    environment = {**os.environ, **{name: estate.environment[name] for name in kept}}
    command = [
        sys.executable,
        "-m",
        "facility",
        "demo",
        "--site",
        str(estate.site_file),
        "--data",
        str(tmp_path / "demo"),
    ]
    with (tmp_path / "told").open("wb") as told:
        process = subprocess.Popen(command, env=environment, stdout=told, stderr=told, start_new_session=True)
    yield process, tmp_path / "told"
    process.kill()
    process.wait()


def test_it_comes_alive_and_ctrl_c_leaves_no_process(demo: tuple[subprocess.Popen[bytes], Path]) -> None:
    process, told = demo
    until(lambda: "the estate, live" in told.read_text(encoding="utf-8"), "addresses after 200 good points", within=120)
    words = told.read_text(encoding="utf-8")
    assert "open to everybody: this is a demo" in words
    logins = re.findall(r"^  ([\w-]+) +(.+)$", words.split("Sign in with the password demo-garden")[1], re.MULTILINE)
    assert {role for _, role in logins} == {text(f"pages.role.{role}", Language.EN) for role in Role}
    for login, role in logins:
        assert role in signed_in(pages(words), login)
    children = psutil.Process(process.pid).children(recursive=True)
    assert {
        name
        for child in children
        for name in child.cmdline()
        if name in ("api", "scheduler", "collectors", "simulators")
    } == {
        "api",
        "scheduler",
        "collectors",
        "simulators",
    }
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0
    assert not [child for child in children if child.is_running()]
    assert "No process is left running" in told.read_text(encoding="utf-8")


def pages(words: str) -> str:
    """Address of the pages, as the demo told it."""
    found = re.search(r"the estate, live +(http://127.0.0.1:\d+)/", words)
    assert found
    return found[1]


def signed_in(address: str, login: str) -> str:
    """The account page after signing in as somebody of the demo."""
    with httpx.Client(base_url=address, follow_redirects=True, timeout=20) as browser:
        form = {"login": login, "password": "demo-garden", "next": "/account"}
        return browser.post("/sign-in", data=form, headers={"accept-language": "en"}).text


def test_a_folder_with_other_data_is_never_emptied(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_text("precious")
    run = subprocess.run(
        [sys.executable, "-m", "facility", "demo", "--data", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert run.returncode == 2
    assert "holds something else than a demo's data" in run.stderr
    assert (tmp_path / "photo.jpg").read_text() == "precious"
