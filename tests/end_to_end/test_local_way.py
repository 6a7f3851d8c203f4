"""Mains and internet are lost together: on the real wire, the siren on the site's own broker still tells in time."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from facility.domain.alert import Alert, Deadline
from facility.domain.notice import Notice
from tests.harness.estate import Estate
from tests.harness.wait import until

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    one = Estate(tmp_path_factory.mktemp("estate"))
    try:
        one.prepare()
        one.start()
        one.wait_ready()
        until(lambda: one.good_points() >= 700, "700 good points", within=150, every=0.5)
        yield one
    finally:
        one.stop()


def mains_lost(estate: Estate) -> tuple[Alert, Deadline, list[Notice]] | None:
    with estate.work().reading() as unit:
        alert = next((one for one in unit.alerts.recent(100) if one.kind == "mains_lost"), None)
        return (alert, unit.alerts.deadline(alert.id), unit.notices.of_alert(alert.id)) if alert else None


def test_a_test_message_shows_the_channels_own_answer(estate: Estate) -> None:
    told = estate.facility("channels", "test", "siren", "--to", "chen-jing").stdout
    assert told == "siren to chen-jing: accepted. The channel's answer: answered the device has it\n"
    simulators = f"http://127.0.0.1:{estate.simulators_port}"
    httpx.post(f"{simulators}/robot/behaviour", json={"channel": "dingtalk", "mode": "refuse"}).raise_for_status()
    refused = estate.facility("channels", "test", "dingtalk", "--to", "chen-jing", "--json", check=False)
    assert refused.returncode == 1
    assert json.loads(refused.stdout)["code"] == "400102"
    (message,) = [message for message in estate.messages() if message["channel"] == "siren"]
    assert message["text"].startswith("【测试】消防控制室声光报警器和大屏")
    listed = {one["id"]: one for one in json.loads(estate.facility("channels", "list", "--json").stdout)}
    assert (listed["siren"]["used"], listed["siren"]["failing_since"]) == (1, None)
    assert (listed["dingtalk"]["refused_code"], listed["dingtalk"]["per_month"]) == ("400102", 3000)
    assert listed["dingtalk"]["failing_since"] is not None
    assert "dingtalk_robot" in estate.facility("channels", "list").stdout
    metrics = httpx.get(f"http://127.0.0.1:{estate.api_port}/metrics").text
    assert 'facility_channel_month_limit{channel="dingtalk"} 3000' in metrics


def test_the_local_way_tells_in_time(estate: Estate) -> None:
    simulators = f"http://127.0.0.1:{estate.simulators_port}"
    httpx.post(f"{simulators}/scenarios/mains-and-internet-lost").raise_for_status()
    until(lambda: told(estate), "somebody was told", within=75, every=0.5)
    behaviours = httpx.get(f"{simulators}/status").json()["behaviours"]
    assert behaviours["wecom"] == "unreachable", "the internet is still away"
    found = mains_lost(estate)
    assert found is not None
    alert, deadline, notices = found
    assert deadline.met_at is not None
    assert deadline.met_at - alert.onset < timedelta(seconds=60)
    proof = next(notice for notice in notices if notice.id == deadline.notice)
    assert (proof.channel, proof.rung, proof.answer_code) == ("siren", 0, "answered")
    first = notices[0]
    assert (first.channel, first.person) == ("wecom", proof.person)
    assert first.state != "sent"
    heard = [message for message in estate.messages() if message["channel"] == "siren" and "市电" in message["text"]]
    assert heard, "the siren shows it"


def told(estate: Estate) -> bool:
    found = mains_lost(estate)
    return found is not None and found[1].met_at is not None


def test_a_site_without_the_local_way_is_refused(estate: Estate, tmp_path: Path) -> None:
    text = estate.site_file.read_text(encoding="utf-8")
    step = "{position: manager, channels: [wecom, siren, sms]}"
    line = next(number for number, row in enumerate(text.splitlines(), 1) if step in row)
    other = tmp_path / "site.yaml"
    other.write_text(text.replace(step, "{position: manager, channels: [wecom, sms]}"), encoding="utf-8")
    refused = estate.facility("check", str(other), check=False)
    assert refused.returncode == 1
    fault = next(row for row in refused.stderr.splitlines() if "level 1 is told" in row)
    assert fault.startswith(f"{other}:{line} ") or f"site.yaml:{line} " in fault
    assert "ladders.1[0].channels: level 1 is told by wecom, sms alone, which leave by the internet" in fault
    assert fault.endswith(
        "Add siren (Siren and wall display of the control room, local) or hook (Signed webhook, local) to this step."
    )
