"""The simulated vendors beyond WeCom and the webhook, asked by the scheduler's own channels over the real wire."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from facility.clock import SystemClock
from facility.domain.asset import Site
from facility.domain.notice import Answer, ChannelSpec, Verdict
from facility.ports import Outgoing
from scheduler.channels import open_channel
from simulators.program import Options, serving
from tests.harness.ports import free_port

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
TEXT = "【一级信息】市电停电\n地点：1号配电房"
LINK = "http://127.0.0.1:8080/a/token"


@dataclass
class Phones:
    """The simulators, and channels that lead to them."""

    http: httpx.AsyncClient
    site: Site

    async def send(
        self, channel: str, to: str, key: str = "alert:1", now: Callable[[], datetime] | None = None
    ) -> Answer:
        spec = self.site.channels[channel]
        outgoing = Outgoing(key, to, TEXT.splitlines()[0], TEXT, LINK, 1, about="alert")
        subject = open_channel(spec, now or (lambda: datetime.now(UTC)), self.site.links)
        return await asyncio.to_thread(subject.send, outgoing)

    async def messages(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.http.get("/messages")).json()
        return found

    async def behave(self, channel: str, mode: str) -> None:
        (await self.http.post("/robot/behaviour", json={"channel": channel, "mode": mode})).raise_for_status()


@pytest.fixture
async def phones(moved: Site, tmp_path: Path) -> AsyncIterator[Phones]:
    (tmp_path / "hook.secret").write_text(SECRET, encoding="ascii")
    port, mail = free_port(), free_port()
    base, short = f"http://127.0.0.1:{port}", timedelta(seconds=2)
    urls = {
        "dingtalk": f"{base}/robot/send?access_token=demo",
        "feishu": f"{base}/robot/open-apis/bot/v2/hook/demo",
        "sms": f"{base}/gateway/sms",
        "mail": f"smtp://127.0.0.1:{mail}",
        "siren": "",
    }
    channels = {id: _at(moved.channels[id], url, tmp_path, short) for id, url in urls.items()}
    site = replace(moved, channels=channels)
    options = Options(own_broker=True, mail_port=mail)
    async with (
        serving(site, SystemClock(), None, port, options),
        httpx.AsyncClient(base_url=base, timeout=5) as client,
    ):
        yield Phones(client, site)


def _at(spec: ChannelSpec, url: str, folder: Path, timeout: timedelta) -> ChannelSpec:
    secret = folder / "hook.secret" if spec.secret_file else None
    return replace(spec, url=url, secret_file=secret, timeout=timeout)


@pytest.mark.parametrize(
    ("channel", "to"),
    [("dingtalk", "13800138000"), ("feishu", "chen-jing"), ("sms", "13800138000"), ("mail", "chen@garden.example.org")],
)
async def test_each_shows_the_message_with_its_link(phones: Phones, channel: str, to: str) -> None:
    assert (await phones.send(channel, to)).verdict is Verdict.ACCEPTED
    (message,) = await phones.messages()
    assert (message["channel"], message["to"], message["link"]) == (channel, to, LINK)
    assert "地点：1号配电房" in message["text"]


@pytest.mark.parametrize(("channel", "shown"), [("dingtalk", 1), ("sms", 1), ("mail", 1), ("feishu", 2)])
async def test_a_repetition_is_shown_once_where_the_vendor_knows_a_key(
    phones: Phones, channel: str, shown: int
) -> None:
    for _ in range(2):
        await phones.send(channel, "chen@garden.example.org" if channel == "mail" else "13800138000")
    assert len(await phones.messages()) == shown


@pytest.mark.parametrize(("channel", "code"), [("dingtalk", "310000"), ("feishu", "19021"), ("sms", "signature")])
async def test_an_old_signature_is_refused(phones: Phones, channel: str, code: str) -> None:
    answer = await phones.send(channel, "13800138000", now=lambda: datetime.now(UTC) - timedelta(hours=2))
    assert (answer.verdict, answer.code) == (Verdict.REFUSED, code)
    assert await phones.messages() == []


@pytest.mark.parametrize(
    ("mode", "verdicts"),
    [
        ("refuse", {"dingtalk": "refused", "feishu": "refused", "sms": "refused", "mail": "refused"}),
        ("rate_limit", dict.fromkeys(("dingtalk", "feishu", "sms", "mail"), "try_later")),
        ("error500", dict.fromkeys(("dingtalk", "feishu", "sms", "mail"), "try_later")),
        ("empty", {"dingtalk": "unknown", "feishu": "unknown", "sms": "unknown", "mail": "try_later"}),
        ("reset", dict.fromkeys(("dingtalk", "feishu", "sms"), "unknown")),
    ],
)
async def test_misbehaviour(phones: Phones, mode: str, verdicts: dict[str, str]) -> None:
    for channel, verdict in verdicts.items():
        await phones.behave(channel, mode)
        to = "chen@garden.example.org" if channel == "mail" else "13800138000"
        assert (await phones.send(channel, to)).verdict == verdict, channel
    assert await phones.messages() == []


async def test_dingtalk_blocks_above_twenty_a_minute(phones: Phones) -> None:
    codes = [(await phones.send("dingtalk", "", str(number))).code for number in range(22)]
    assert codes == ["0"] * 20 + ["410100"] * 2


async def test_feishu_drops_what_lacks_the_keyword(phones: Phones) -> None:
    phones.site.channels["feishu"].settings["keyword"] = "物业"  # type: ignore[index]
    assert (await phones.send("feishu", "")).verdict is Verdict.ACCEPTED
    body = {"msg_type": "text", "content": {"text": "all clear"}}
    assert (await phones.http.post("/robot/open-apis/bot/v2/hook/demo", json=body)).json()["code"] == 19021
    assert (await phones.http.post("/robot/open-apis/bot/v2/hook/other", json=body)).json()["code"] == 19001


async def test_strangers(phones: Phones) -> None:
    assert (await phones.http.post("/robot/send?access_token=other", json={})).json()["errcode"] == 300005
    assert (await phones.http.post("/gateway/sms", json={})).status_code == 401
    assert (await phones.http.post("/gateway/pigeon", json={})).status_code == 422


async def test_the_siren_answers_when_it_sounds_and_only_then(phones: Phones) -> None:
    async def sounds() -> bool:
        return (await phones.send("siren", "")).verdict is Verdict.ACCEPTED

    for _ in range(5):  # it may still be connecting
        if await sounds():
            break
    messages = await phones.messages()
    assert [message["channel"] for message in messages] == ["siren"], "the same message is shown once"
    await phones.behave("siren", "hang")
    assert (await phones.send("siren", "", "alert:2")).verdict is Verdict.UNKNOWN
    assert len(await phones.messages()) == 1


async def test_the_page_names_the_channels(phones: Phones) -> None:
    await phones.send("sms", "13800138000")
    for language, words in (
        ("en", ["DingTalk group robot", "SMS", "Siren and wall"]),
        ("zh-CN", ["钉钉群机器人", "短信"]),
    ):
        page = (await phones.http.get(f"/?lang={language}")).text
        assert all(word in page for word in words)
