"""The robot answers as the vendors do: over real HTTP, with each misbehaviour."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from rich.console import Console

from facility.cli.simulate import Play
from facility.clock import SystemClock
from facility.domain.asset import Site
from facility.domain.text import Language
from simulators.faults import KINDS
from simulators.page import as_html, level_of
from simulators.program import Options, serving
from simulators.scenario import load_scenarios
from simulators.signed import signed
from tests.harness.ports import free_port

SECRET = base64.b64encode(b"a secret of the webhook channel!").decode()
SEND = "/robot/cgi-bin/webhook/send?key=demo"


@pytest.fixture
async def phone(moved: Site, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    (tmp_path / "hook.secret").write_text(f"whsec_{SECRET}\n", encoding="utf-8")
    channels = {
        "wecom": replace(moved.channels["wecom"], url="http://127.0.0.1/robot/cgi-bin/webhook/send?key=demo"),
        "hook": replace(moved.channels["hook"], secret_file=tmp_path / "hook.secret"),
    }
    port = free_port()
    site = replace(moved, channels=channels)
    async with (
        serving(site, SystemClock(), None, port, Options(own_broker=True)),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=5) as client,
    ):
        yield client


def markdown(content: str) -> dict[str, Any]:
    return {"msgtype": "markdown", "markdown": {"content": content}}


def hook(body: bytes, *, id: str = "alert:1", at: int | None = None, secret: str = SECRET) -> dict[str, str]:
    sent = str(int(time.time()) if at is None else at)
    mac = hmac.new(base64.b64decode(secret), f"{id}.{sent}.".encode() + body, hashlib.sha256).digest()
    signature = f"v1,{base64.b64encode(mac).decode()}"
    return {"webhook-id": id, "webhook-timestamp": sent, "webhook-signature": signature}


async def behave(phone: httpx.AsyncClient, channel: str, mode: str) -> None:
    (await phone.post("/robot/behaviour", json={"channel": channel, "mode": mode})).raise_for_status()


async def test_wecom_accepts_and_keeps_what_it_got(phone: httpx.AsyncClient) -> None:
    text = "**【一级信息】市电停电**\n地点：1号配电房\n[▶ 打开 / Open](http://127.0.0.1:8080/a/tok.en-1)\n<@manager>"
    answer = await phone.post(SEND, json=markdown(text))
    assert (answer.status_code, answer.json()) == (200, {"errcode": 0, "errmsg": "ok"})
    (message,) = (await phone.get("/messages")).json()
    assert (message["number"], message["channel"], message["to"]) == (1, "wecom", "manager")
    assert message["link"] == "http://127.0.0.1:8080/a/tok.en-1"
    assert message["text"] == text


async def test_wecom_text_mentions_by_list(phone: httpx.AsyncClient) -> None:
    await phone.post(SEND, json={"msgtype": "text", "text": {"content": "停水", "mentioned_list": ["wang", "@all"]}})
    assert (await phone.get("/messages")).json()[0]["to"] == "wang, @all"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (json.dumps(markdown("水" * 1366)), 40058),  # 4098 bytes
        (json.dumps({"msgtype": "text", "text": {"content": "a" * 2049}}), 40058),
        (json.dumps(markdown("")), 44004),
        (json.dumps({"msgtype": "voice"}), 40008),
        (json.dumps([]), 40008),
        ("{", 40035),
    ],
)
async def test_wecom_refuses_in_a_200(phone: httpx.AsyncClient, body: str, code: int) -> None:
    answer = await phone.post(SEND, content=body)
    assert (answer.status_code, answer.json()["errcode"]) == (200, code)
    assert (await phone.get("/messages")).json() == []
    assert str(code) in (await phone.get("/attempts")).json()[0]["answer"]


async def test_wecom_takes_4096_bytes(phone: httpx.AsyncClient) -> None:
    assert (await phone.post(SEND, json=markdown("水" * 1365 + "a"))).json()["errcode"] == 0


async def test_wecom_does_not_know_a_wrong_key(phone: httpx.AsyncClient) -> None:
    for address in ("/robot/cgi-bin/webhook/send?key=other", "/robot/cgi-bin/webhook/send"):
        assert (await phone.post(address, json=markdown("x"))).json()["errcode"] == 93000


async def test_wecom_limits_to_twenty_a_minute(phone: httpx.AsyncClient) -> None:
    codes = [(await phone.post(SEND, json=markdown(str(number)))).json()["errcode"] for number in range(22)]
    assert codes == [0] * 20 + [45009] * 2
    assert len((await phone.get("/messages")).json()) == 20


async def test_wecom_misbehaves_as_told_and_recovers(phone: httpx.AsyncClient) -> None:
    await behave(phone, "wecom", "refuse")
    assert (await phone.post(SEND, json=markdown("x"))).json()["errcode"] == 93004
    await behave(phone, "wecom", "rate_limit")
    assert (await phone.post(SEND, json=markdown("x"))).json()["errcode"] == 45009
    await behave(phone, "wecom", "error500")
    assert (await phone.post(SEND, json=markdown("x"))).status_code == 500
    await behave(phone, "wecom", "empty")
    answer = await phone.post(SEND, json=markdown("x"))
    assert (answer.status_code, answer.content) == (200, b"")
    await behave(phone, "wecom", "reset")
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        await phone.post(SEND, json=markdown("x"))
    await behave(phone, "wecom", "hang")
    with pytest.raises(httpx.ReadTimeout):
        await phone.post(SEND, json=markdown("x"), timeout=0.2)
    assert (await phone.get("/messages")).json() == []
    await behave(phone, "wecom", "accept")
    assert (await phone.post(SEND, json=markdown("x"))).json()["errcode"] == 0
    answers = [attempt["answer"] for attempt in (await phone.get("/attempts")).json()]
    assert [answer.split()[0] for answer in answers] == ["200", "200", "500", "200", "reset", "hang", "200"]


async def test_webhook_takes_what_is_signed(phone: httpx.AsyncClient) -> None:
    body = json.dumps({"to": "manager", "text": "【一级信息】停水", "link": "http://127.0.0.1/a/1"}).encode()
    assert (await phone.post("/hook", content=body, headers=hook(body))).status_code == 200
    (message,) = (await phone.get("/messages")).json()
    assert (message["channel"], message["to"], message["key"]) == ("hook", "manager", "alert:1")
    assert message["link"] == "http://127.0.0.1/a/1"


@pytest.mark.parametrize(
    "headers",
    [
        hook(b"{}", secret=base64.b64encode(b"another secret of 24 bytes").decode()),
        hook(b"{ }"),
        hook(b"{}", at=1_000_000_000),
        hook(b"{}") | {"webhook-id": "alert:2"},
        hook(b"{}") | {"webhook-timestamp": "soon"},
        {},
    ],
)
async def test_webhook_answers_401_to_what_is_forged(phone: httpx.AsyncClient, headers: dict[str, str]) -> None:
    assert (await phone.post("/hook", content=b"{}", headers=headers)).status_code == 401
    assert (await phone.get("/messages")).json() == []


async def test_webhook_misbehaves_as_told(phone: httpx.AsyncClient) -> None:
    for mode, status in (("refuse", 403), ("rate_limit", 429), ("error500", 500), ("empty", 200), ("accept", 200)):
        await behave(phone, "hook", mode)
        assert (await phone.post("/hook", content=b"{}", headers=hook(b"{}"))).status_code == status
    assert len((await phone.get("/messages")).json()) == 1


async def test_a_signed_message_that_is_not_json_is_a_400(phone: httpx.AsyncClient) -> None:
    assert (await phone.post("/hook", content=b"x", headers=hook(b"x"))).status_code == 400


def test_signature_vector_of_the_specification() -> None:
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,unknown v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    body = b'{"test": 2432232314}'
    at = datetime.fromtimestamp(1614265330, UTC)
    assert signed(secret, headers, body, at)
    assert not signed(secret, headers, body + b" ", at)
    assert not signed(secret, headers, body, datetime.fromtimestamp(1614265330 + 301, UTC))


async def test_unknown_channels_and_modes_are_refused(phone: httpx.AsyncClient) -> None:
    assert (await phone.post("/robot/behaviour", json={"channel": "sms", "mode": "hang"})).status_code == 404
    assert (await phone.post("/robot/behaviour", json={"channel": "wecom", "mode": "explode"})).status_code == 422


async def test_without_internet_the_robot_cannot_be_reached_and_the_webhook_can(phone: httpx.AsyncClient) -> None:
    await phone.post("/actions", json={"do": "lose_channel", "target": "@internet"})
    assert (await phone.get("/status")).json()["behaviours"] == {"wecom": "unreachable", "hook": "accept"}
    with pytest.raises(httpx.ReadTimeout):
        await phone.post(SEND, json=markdown("市电停电"), timeout=0.3)
    body = json.dumps({"to": "manager", "text": "市电停电"}).encode()
    assert (await phone.post("/hook", content=body, headers=hook(body))).status_code == 200
    await phone.post("/actions", json={"do": "return_channel", "target": "@internet"})
    assert (await phone.post(SEND, json=markdown("恢复"))).json()["errcode"] == 0
    assert [message["channel"] for message in (await phone.get("/messages")).json()] == ["hook", "wecom"]


@pytest.mark.parametrize(("language", "banner"), [("zh-CN", "模拟环境"), ("en", "SIMULATION")])
async def test_the_page_shows_messages_as_phones_do(phone: httpx.AsyncClient, language: str, banner: str) -> None:
    text = "**【一级信息】市电停电**\n<script>alert(1)</script>\n[▶ 打开](http://127.0.0.1:8080/a/t)\n<@wang>"
    await phone.post(SEND, json=markdown(text))
    await phone.post("/faults", json={"target": "pumps-1", "fault": "silence", "for": 60})
    page = (await phone.get("/", params={"lang": language})).text
    assert f'lang="{language}"' in page
    assert banner in page
    assert "level-1" in page
    assert "<script>alert" not in page
    assert '<a href="http://127.0.0.1:8080/a/t"' in page
    assert "<b>pumps-1</b>" in page
    assert page.count('class="scenario') == len(load_scenarios())
    assert (await phone.get("/static/page.js")).status_code == 200


async def test_a_scenario_is_played_and_stopped_over_http(phone: httpx.AsyncClient) -> None:
    listed = {scenario["name"]: scenario for scenario in (await phone.get("/scenarios")).json()}
    assert listed["power-outage"]["duration"] == 80
    assert (await phone.post("/scenarios/power-outag")).status_code == 404
    assert (await phone.post("/scenarios/power-outage?factor=5000")).status_code == 400
    assert (await phone.get("/status")).json()["scenario"] is None
    started = (await phone.post("/scenarios/power-outage?factor=10")).json()
    assert (started["running"], len(started["done"])) == (True, 1)
    assert (await phone.post("/scenarios/gateway-lost")).status_code == 409
    status = (await phone.get("/status")).json()
    assert (status["factor"], status["scenario"]["name"]) == (10, "power-outage")
    stopped = (await phone.delete("/scenarios")).json()
    assert (stopped["factor"], stopped["scenario"]["running"]) == (1, False)


async def test_what_is_not_faster_and_what_was_dropped_is_said(moved: Site) -> None:
    port = free_port()
    address, site = f"http://127.0.0.1:{port}", replace(moved, channels={})
    async with (
        serving(site, SystemClock(), None, port, Options(own_broker=True)) as (estate, _),
        httpx.AsyncClient(base_url=address, timeout=10) as page,
    ):
        (await page.post("/scenarios/power-outage?factor=60")).raise_for_status()
        said = StringIO()
        with httpx.Client(base_url=address, timeout=10) as simulators:
            play = Play(Console(file=said, width=400), simulators, Language.EN, False, None, 60)
            before = await asyncio.to_thread(play.warn_of_speed, "power-outage")
            assert "60 times the speed of life: only the estate is faster" in said.getvalue()
            estate.dropped += 7200.0
            await asyncio.to_thread(play.tell_what_was_dropped, before)
            assert "2 h of simulated time were left out" in said.getvalue()
        assert (await page.get("/status")).json()["dropped"] >= 7200
        assert "模拟时间" in (await page.get("/live", params={"lang": "zh-CN"})).text
        assert "已略去2小时" in (await page.get("/live", params={"lang": "zh-CN"})).text


async def test_faults_and_actions_over_http(phone: httpx.AsyncClient) -> None:
    fault = (await phone.post("/faults", json={"target": "pump-1", "fault": "slow", "parameters": {"delay": 1}})).json()
    assert (await phone.get("/faults")).json() == [fault]
    assert (await phone.post("/faults", json={"target": "pump-1", "fault": "sloow"})).status_code == 400
    assert (await phone.post("/faults", json={"target": "pump-1", "fault": "slow", "four": 1})).status_code == 422
    assert (await phone.delete("/faults", params={"target": "pump-1"})).json() == {"cleared": 1}
    kinds = {kind["fault"]: kind for kind in (await phone.get("/faults/kinds")).json()}
    assert kinds.keys() == KINDS.keys()
    assert kinds["busy"]["title"] == {"en": "says that it is busy", "zh": "返回“设备忙”"}
    assert kinds["out_of_order"]["links"] == ["mqtt"]
    page = (await phone.get("/", params={"lang": "zh-CN"})).text
    assert all(f'<option value="{kind}"' in page and names["title"]["zh"] in page for kind, names in kinds.items())
    assert (await phone.post("/actions", json={"do": "trip", "target": "building-1"})).status_code == 200
    values = (await phone.get("/values/building-1")).json()["values"]
    assert values["breaker_state"] == "tripped"
    assert (await phone.post("/actions", json={"do": "trip", "target": "pump-1"})).status_code == 400


async def test_pages_of_other_sites_may_not_press_buttons(phone: httpx.AsyncClient) -> None:
    answer = await phone.post("/scenarios/power-outage", headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403
    assert (await phone.get("/status")).json()["scenario"] is None


@pytest.mark.parametrize(
    ("text", "level"),
    [("**【一级信息】停水**", 1), ("[Level 2] x", 2), ("【三级信息】x", 3), ("今日到期", 0), ("x\n一级", 0)],
)
def test_level_of_a_message(text: str, level: int) -> None:
    assert level_of(text) == level


def test_markdown_becomes_safe_html() -> None:
    html = as_html('# 标题\n<font color="warning">停水</font> http://a/b?x=1&y=2，<b>x</b> [点](javascript:alert(1))')
    assert html == (
        '<b>标题</b><br>停水 <a href="http://a/b?x=1&amp;y=2" target="_blank" rel="noopener">http://a/b?x=1&amp;y=2</a>，'
        "&lt;b&gt;x&lt;/b&gt; [点](javascript:alert(1))"
    )
