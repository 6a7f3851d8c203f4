"""E-mail against a real SMTP server that answers each step as told."""

import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import trustme

from facility.domain.notice import Verdict
from facility.ports import Channel
from scheduler.channels.exchange import NOT_REACHED
from tests.harness.mail_server import MailServer
from tests.harness.ports import free_port
from tests.scheduler.channels.stage import LINK, MESSAGE, channel

pytestmark = pytest.mark.filterwarnings(
    "ignore:Requiring AUTH:UserWarning"
)  # the test server speaks on the loopback only
LETTER = replace(MESSAGE, to="wang.qiang@example.org")


@pytest.fixture(scope="module")
def authority() -> Iterator[tuple[ssl.SSLContext, str]]:
    made = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    made.issue_cert("127.0.0.1").configure_cert(context)
    with made.cert_pem.tempfile() as file:
        yield context, file


def mail(server: MailServer, folder: Path, scheme: str = "smtp", secret: str = "", **settings: object) -> Channel:
    usual = {"from": "facility@example.org", "security": "none"}
    address = f"{scheme}://127.0.0.1:{server.port}"
    return channel("email", address, folder, secret, 1.0, **{**usual, **settings})


@pytest.mark.parametrize(
    ("step", "said", "verdict", "code"),
    [
        ("data", "250 queued", Verdict.ACCEPTED, "250"),
        ("mail", "550 sender refused", Verdict.REFUSED, "550"),
        ("mail", "451 later", Verdict.TRY_LATER, "451"),
        ("rcpt", "550 no such user", Verdict.REFUSED, "550"),
        ("rcpt", "551 not here", Verdict.REFUSED, "551"),
        ("rcpt", "450 greylisted", Verdict.TRY_LATER, "450"),
        ("rcpt", "452 full", Verdict.TRY_LATER, "452"),
        ("data", "554 spam", Verdict.REFUSED, "554"),
        ("data", "451 later", Verdict.TRY_LATER, "451"),
        ("data", "550 Mail content denied; frequency limited", Verdict.TRY_LATER, "550"),
        ("mail", "close", Verdict.TRY_LATER, "SMTPServerDisconnected"),
        ("rcpt", "hang", Verdict.TRY_LATER, "TimeoutError"),
        ("data", "hang", Verdict.UNKNOWN, "TimeoutError"),
        ("data", "close", Verdict.UNKNOWN, "SMTPServerDisconnected"),
    ],
)
def test_verdicts(step: str, said: str, verdict: Verdict, code: str, tmp_path: Path) -> None:
    with MailServer({step: said}) as server:
        answer = mail(server, tmp_path).send(LETTER)
    if code in ("TimeoutError", "SMTPServerDisconnected"):  # smtplib may show the one as the other
        assert answer.code in ("TimeoutError", "SMTPServerDisconnected", "ConnectionResetError")
        code = answer.code
    assert (answer.verdict, answer.code) == (verdict, code)
    assert (answer.retry_after == timedelta(seconds=60)) == ("frequency" in said)


def test_letter(tmp_path: Path) -> None:
    with MailServer() as server:
        subject = mail(server, tmp_path)
        subject.send(LETTER)
        subject.send(replace(LETTER, text="later"))
        first, second = server.letters
        assert server.recipients == ["wang.qiang@example.org"] * 2
    assert first["Subject"] == "【一级信息】市电停电"
    assert first["To"] == "wang.qiang@example.org"
    assert first["X-Priority"] == "1"
    assert first["Message-ID"] == second["Message-ID"]
    assert first.get_content().strip().splitlines() == ["【一级信息】市电停电", "地点：1号配电房", LINK]


def test_a_title_cannot_add_a_header(tmp_path: Path) -> None:
    with MailServer() as server:
        mail(server, tmp_path).send(replace(LETTER, title="a\r\nBcc: x@y.z\n"))
        (letter,) = server.letters
    assert letter["Subject"] == "a Bcc: x@y.z"
    assert letter["Bcc"] is None


@pytest.mark.parametrize("to", ["", "wang", "a@b\nBcc: c@d"])
def test_an_address_that_is_none(to: str, tmp_path: Path) -> None:
    with MailServer() as server:
        assert mail(server, tmp_path).send(replace(MESSAGE, to=to)).code == "no_address"


@pytest.mark.parametrize(("implicit", "scheme"), [(False, "smtp"), (True, "smtps")])
def test_encrypted(implicit: bool, scheme: str, authority: tuple[ssl.SSLContext, str], tmp_path: Path) -> None:
    context, file = authority
    with MailServer(tls=context, implicit=implicit, password="auth-code") as server:
        good = mail(server, tmp_path, scheme, "auth-code", security="", username="facility@example.org", ca_file=file)
        assert good.send(LETTER).verdict is Verdict.ACCEPTED
        foreign = mail(server, tmp_path, scheme, "auth-code", security="", username="facility@example.org")
        answer = foreign.send(LETTER)
        assert (answer.verdict, answer.code) == (Verdict.REFUSED, "certificate")


def test_never_in_the_open_unless_told_so(tmp_path: Path) -> None:
    with MailServer() as server:
        answer = mail(server, tmp_path, security="starttls").send(LETTER)
        assert (answer.verdict, answer.code) == (Verdict.REFUSED, "no_encryption")
        assert server.letters == []


def test_a_wrong_password(tmp_path: Path) -> None:
    with MailServer(password="right") as server:
        answer = mail(server, tmp_path, secret="wrong-code", username="u").send(LETTER)
    assert (answer.verdict, answer.code) == (Verdict.REFUSED, "535")
    assert "wrong-code" not in answer.text


def test_nobody_there(tmp_path: Path) -> None:
    subject = channel("email", f"smtp://127.0.0.1:{free_port()}", tmp_path, **{"from": "a@b.c", "security": "none"})
    answer = subject.send(LETTER)
    assert (answer.verdict, answer.text) == (Verdict.TRY_LATER, NOT_REACHED)


@pytest.mark.parametrize("address", ["smtp://127.0.0.1:port", "smtp://[::1"])
def test_an_address_of_the_server_that_is_none(address: str, tmp_path: Path) -> None:
    subject = channel("email", address, tmp_path, **{"from": "a@b.c", "security": "none"})
    assert (subject.send(LETTER).verdict, subject.send(LETTER).code) == (Verdict.REFUSED, "address")
