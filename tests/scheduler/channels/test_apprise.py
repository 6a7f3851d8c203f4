"""Apprise says yes or no; a missing extra and an address that is none are said in words."""

import sys
from datetime import timedelta
from pathlib import Path

import pytest

from facility.domain.notice import ChannelSpec, Verdict
from facility.ports import Channel
from scheduler.channels import open_channel
from tests.harness.vendor import Vendor
from tests.scheduler.channels.stage import LINK, MESSAGE, NOW

pytest.importorskip("apprise", reason="an extra")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # apprise's own imports


def channel(address: str, folder: Path) -> Channel:
    (folder / "url").write_text(address + "\n", encoding="utf-8")
    return open_channel(ChannelSpec("x", "apprise", url_file=folder / "url", timeout=timedelta(seconds=2)), lambda: NOW)


@pytest.mark.parametrize(
    ("behaviour", "verdict"),
    [("accept", Verdict.ACCEPTED), ("error500", Verdict.TRY_LATER), ("reset", Verdict.TRY_LATER)],
)
def test_yes_or_no(behaviour: str, verdict: Verdict, tmp_path: Path) -> None:
    with Vendor(behaviour) as vendor:
        host = vendor.base.removeprefix("http://")
        assert channel(f"json://{host}/hook/{{to}}", tmp_path).send(MESSAGE).verdict is verdict
        (request,) = vendor.received
    assert request.path == f"/hook/{MESSAGE.to}"
    assert request.json["title"] == MESSAGE.title
    assert request.json["message"].splitlines()[-1] == LINK


def test_addresses_that_are_none(tmp_path: Path) -> None:
    assert channel("nonsense", tmp_path).send(MESSAGE).code == "no_service"
    subject = channel("json://127.0.0.1:9", tmp_path)
    (tmp_path / "url").unlink()
    assert subject.send(MESSAGE).code == "secret_file"


def test_without_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    answer = channel("json://127.0.0.1:9", tmp_path).send(MESSAGE)
    assert (answer.verdict, answer.code) == (Verdict.REFUSED, "not_installed")
