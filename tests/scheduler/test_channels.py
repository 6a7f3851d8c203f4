"""Each channel against a real HTTP server that answers as vendors do: what is accepted, refused, later, unknown."""

import hashlib
import hmac
import json
import logging
from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facility.domain.notice import ChannelSpec, Verdict
from facility.domain.signature import secret_key, sign
from facility.ports import Channel, Outgoing
from facility.settings import SettingRefused
from scheduler.channels import open_channel
from scheduler.channels.wecom_robot import LONGEST, markdown
from tests.harness.ports import free_port
from tests.harness.vendor import Vendor

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE = Outgoing(
    "alert:1:0:4:x", "uid-7", "【一级信息】市电停电", "【一级信息】市电停电\n地点：1号配电房", "http://f.test/a/t", 1
)


def channel(kind: str, url: str, folder: Path, timeout: float = 2.0) -> Channel:
    secret = folder / "hook.secret"
    secret.write_text(SECRET + "\n", encoding="ascii")
    spec = ChannelSpec("x", kind, url, secret_file=secret, timeout=timedelta(seconds=timeout))
    return open_channel(spec, lambda: NOW)


@pytest.mark.parametrize(
    ("behaviour", "verdict", "code"),
    [
        ("accept", Verdict.ACCEPTED, "0"),
        ("bad_key", Verdict.REFUSED, "93000"),
        ("rate_limit", Verdict.TRY_LATER, "45009"),
        ("busy", Verdict.TRY_LATER, "-1"),
        ("text_code", Verdict.UNKNOWN, "no_errcode"),
        ("no_code", Verdict.UNKNOWN, "no_errcode"),
        ("list", Verdict.UNKNOWN, "no_errcode"),
        ("empty", Verdict.UNKNOWN, "no_errcode"),
        ("html", Verdict.UNKNOWN, "no_errcode"),
        ("error500", Verdict.TRY_LATER, "500"),
        ("too_many", Verdict.TRY_LATER, "429"),
        ("not_found", Verdict.REFUSED, "404"),
        ("redirect", Verdict.REFUSED, "302"),
        ("reset", Verdict.UNKNOWN, "ReadError"),
    ],
)
def test_wecom_reads_the_code(behaviour: str, verdict: Verdict, code: str, tmp_path: Path) -> None:
    with Vendor(behaviour) as vendor:
        answer = channel("wecom_robot", vendor.wecom, tmp_path).send(MESSAGE)
    assert (answer.verdict, answer.code) == (verdict, code)
    assert "secret-key" not in answer.text
    assert (answer.retry_after == timedelta(seconds=60)) == (code in ("-1", "45009"))


@pytest.mark.parametrize(
    ("behaviour", "verdict", "code"),
    [
        ("created", Verdict.ACCEPTED, "201"),
        ("empty", Verdict.ACCEPTED, "200"),
        ("redirect", Verdict.REFUSED, "302"),
        ("not_found", Verdict.REFUSED, "404"),
        ("gone", Verdict.REFUSED, "410"),
        ("error500", Verdict.TRY_LATER, "500"),
        ("too_many", Verdict.TRY_LATER, "429"),
        ("reset", Verdict.UNKNOWN, "ReadError"),
    ],
)
def test_webhook_reads_the_status(behaviour: str, verdict: Verdict, code: str, tmp_path: Path) -> None:
    with Vendor(behaviour) as vendor:
        answer = channel("webhook", vendor.hook, tmp_path).send(MESSAGE)
        assert len(vendor.received) == 1, "no redirect was followed"
    assert (answer.verdict, answer.code) == (verdict, code)
    assert answer.retry_after == (timedelta(seconds=7) if behaviour == "too_many" else None)


@pytest.mark.parametrize("kind", ["wecom_robot", "webhook"])
@pytest.mark.parametrize("behaviour", ["hang", "drip"])
def test_a_vendor_that_hangs_is_unknown(kind: str, behaviour: str, tmp_path: Path) -> None:
    with Vendor(behaviour) as vendor:
        assert channel(kind, vendor.hook, tmp_path, timeout=0.4).send(MESSAGE).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("kind", ["wecom_robot", "webhook"])
def test_a_vendor_that_is_away_is_later(kind: str, tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}/x?key=secret-key"
    answer = channel(kind, url, tmp_path).send(MESSAGE)
    assert (answer.verdict, answer.code) == (Verdict.TRY_LATER, "ConnectError")


def test_the_key_is_never_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "scheduler")
    with Vendor("bad_key") as vendor:
        channel("wecom_robot", vendor.wecom, tmp_path).send(MESSAGE)
    assert not [
        record for record in caplog.records if record.name.startswith("scheduler") and "secret-key" in record.message
    ]


def test_wecom_message(tmp_path: Path) -> None:
    with Vendor() as vendor:
        channel("wecom_robot", vendor.wecom, tmp_path).send(MESSAGE)
        (request,) = vendor.received
    assert request.path == "/cgi-bin/webhook/send?key=secret-key"
    assert request.json["msgtype"] == "markdown"
    assert request.text.splitlines() == [
        "**【一级信息】市电停电**",
        "地点：1号配电房",
        "[▶ 打开 / Open](http://f.test/a/t)",
        "<@uid-7>",
    ]


@given(st.text(max_size=6000), st.text(st.characters(categories=["L"]), max_size=40))
def test_wecom_message_is_cut_between_characters_and_keeps_its_link(text: str, to: str) -> None:
    content = markdown(Outgoing("k", to, "t", text, "http://f.test/a/token", 1))
    assert len(content.encode()) <= LONGEST
    assert "(http://f.test/a/token)" in content
    assert not to or content.endswith(f"<@{to}>")


def test_signature_vector() -> None:
    signature = sign(secret_key(SECRET), "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_webhook_message_is_signed_over_its_bytes(tmp_path: Path) -> None:
    with Vendor() as vendor:
        channel("webhook", vendor.hook, tmp_path).send(MESSAGE)
        (request,) = vendor.received
    signed = f"{MESSAGE.key}.{int(NOW.timestamp())}.".encode() + request.body
    mac = hmac.new(b64decode(SECRET.removeprefix("whsec_")), signed, hashlib.sha256).digest()
    assert request.headers["webhook-id"] == MESSAGE.key
    assert request.headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    assert request.headers["webhook-signature"] == "v1," + b64encode(mac).decode()
    assert json.loads(request.body) == {
        "id": MESSAGE.key,
        "to": "uid-7",
        "level": 1,
        "title": MESSAGE.title,
        "text": MESSAGE.text,
        "link": MESSAGE.link,
    }


@pytest.mark.parametrize("content", [None, "whsec_%%%", "日"])
def test_a_secret_that_cannot_be_used_refuses(content: str | None, tmp_path: Path) -> None:
    subject = channel("webhook", "http://127.0.0.1:9/hook", tmp_path)
    (tmp_path / "hook.secret").unlink()
    if content is not None:
        (tmp_path / "hook.secret").write_text(content, encoding="utf-8")
    answer = subject.send(MESSAGE)
    assert (answer.verdict, answer.code) == (Verdict.REFUSED, "secret_file")


def test_an_address_from_a_file(tmp_path: Path) -> None:
    with Vendor() as vendor:
        (tmp_path / "url").write_text(vendor.wecom + "\n", encoding="ascii")
        spec = ChannelSpec("x", "wecom_robot", url_file=tmp_path / "url")
        assert open_channel(spec, lambda: NOW).send(MESSAGE).verdict is Verdict.ACCEPTED
        (tmp_path / "url").unlink()
        assert open_channel(spec, lambda: NOW).send(MESSAGE).code == "url_file"


@pytest.mark.parametrize("url", ["", "nonsense", "ftp://x/y"])
def test_an_address_that_is_none_is_refused(url: str, tmp_path: Path) -> None:
    assert channel("wecom_robot", url, tmp_path).send(MESSAGE).verdict is Verdict.REFUSED


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(SettingRefused, match="carrier_pigeon"):
        open_channel(ChannelSpec("x", "carrier_pigeon"), lambda: NOW)
