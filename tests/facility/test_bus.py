"""The MQTT adapter against a real broker: acknowledgement by hand, sessions, retained flags, password, TLS, loss."""

import asyncio
import gc
import shutil
import socket
import subprocess
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import trustme

from facility.bus import BrokerLost, Message, Subscriber, publisher
from facility.domain.asset import Link, LinkKind
from facility.domain.text import Title
from tests.harness.ports import free_port
from tests.harness.servers import Server
from tests.harness.wait import until


def link(port: int, **changes: object) -> Link:
    plain = Link("gates", Title("Gates", "道闸"), LinkKind.MQTT, "127.0.0.1", port)
    return replace(plain, **changes)  # type: ignore[arg-type]


class Inbox:
    """Keeps what a subscriber delivers; acknowledges at once unless told to wait."""

    def __init__(self, *, acknowledge: bool = True) -> None:
        self.messages: list[Message] = []
        self.acknowledge = acknowledge
        self._lock = threading.Lock()

    def __call__(self, message: Message) -> None:
        with self._lock:
            self.messages.append(message)
        if self.acknowledge:
            message.acknowledge()

    @property
    def payloads(self) -> list[bytes]:
        return [message.payload for message in self.messages]


@contextmanager
def subscribed(at: Link, name: str, topic: str, inbox: Inbox) -> Iterator[Subscriber]:
    subscriber = Subscriber(at, name, [topic], inbox)
    subscriber.start()
    until(lambda: subscriber.subscribed, "subscribed")
    yield subscriber
    subscriber.close()


async def send(at: Link, topic: str, *payloads: bytes, retain: bool = False) -> None:
    async with publisher(at, f"publisher-{topic}") as publish:
        for payload in payloads:
            await publish(topic, payload, retain=retain)


def test_messages_arrive_in_order(broker: Server) -> None:
    inbox = Inbox()
    with subscribed(link(broker.port), "order", "order/#", inbox):
        asyncio.run(send(link(broker.port), "order/a", b"1", b"2", b"3"))
        until(lambda: len(inbox.messages) == 3, "three messages")
    assert inbox.payloads == [b"1", b"2", b"3"]
    assert [message.retained for message in inbox.messages] == [False] * 3


def test_what_was_not_acknowledged_comes_again(broker: Server) -> None:
    first, second = Inbox(acknowledge=False), Inbox()
    with subscribed(link(broker.port), "again", "again", first):
        asyncio.run(send(link(broker.port), "again", b"1", b"2"))
        until(lambda: len(first.messages) == 2, "two messages")
        first.messages[0].acknowledge()
    asyncio.run(send(link(broker.port), "again", b"3"))
    with subscribed(link(broker.port), "again", "again", second):
        until(lambda: len(second.messages) == 2, "the unacknowledged and the new one")
    assert second.payloads == [b"2", b"3"]


def test_an_acknowledgement_of_a_former_connection_is_not_given_to_the_next(broker: Server) -> None:
    inbox = Inbox(acknowledge=False)
    with subscribed(link(broker.port), "former", "former", inbox) as subscriber:
        asyncio.run(send(link(broker.port), "former", b"1"))
        until(lambda: inbox.messages, "a message")
        subscriber.connections += 1  # as after a reconnect
        inbox.messages[0].acknowledge()
    second = Inbox()
    with subscribed(link(broker.port), "former", "former", second):
        until(lambda: second.messages, "it comes again")
    assert second.payloads == [b"1"]


def test_a_retained_message_says_so(broker: Server) -> None:
    asyncio.run(send(link(broker.port), "kept", b"old", retain=True))
    inbox = Inbox()
    with subscribed(link(broker.port), "kept", "kept", inbox):
        asyncio.run(send(link(broker.port), "kept", b"new", retain=True))
        until(lambda: len(inbox.messages) == 2, "both")
    assert [(message.payload, message.retained) for message in inbox.messages] == [(b"old", True), (b"new", False)]
    asyncio.run(send(link(broker.port), "kept", b"", retain=True))


def test_the_broker_may_die_and_come_back(broker: Server, caplog: pytest.LogCaptureFixture) -> None:
    if broker.given:
        pytest.skip("install mosquitto: this broker is not ours to kill")
    inbox = Inbox()
    with subscribed(link(broker.port), "phoenix", "phoenix", inbox) as subscriber, caplog.at_level("INFO"):
        broker.kill()
        until(lambda: not subscriber.connected, "the loss is seen")
        broker.restart()
        until(lambda: subscriber.subscribed, "connected again")
        asyncio.run(send(link(broker.port), "phoenix", b"1"))
        until(lambda: inbox.messages, "a message after the return")
    said = [record.message for record in caplog.records if record.name == "facility.bus"]
    assert len([text for text in said if "no broker" in text]) == 1
    assert len([text for text in said if "again" in text and "connected" in text]) == 1


@contextmanager
def strict_broker(folder: Path) -> Iterator[tuple[Link, Path]]:
    """mosquitto with a password and TLS; the link to it and the folder of its files."""
    mosquitto, passwd = shutil.which("mosquitto", path="/usr/sbin:/usr/bin"), shutil.which("mosquitto_passwd")
    if not mosquitto or not passwd:
        pytest.fail("install mosquitto and mosquitto-clients")
    folder.chmod(0o755)
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    certificate.private_key_and_cert_chain_pem.write_to_path(str(folder / "server.pem"))
    (folder / "word").write_text("open sesame\n", encoding="utf-8")
    subprocess.run([passwd, "-b", "-c", folder / "passwords", "gate", "open sesame"], check=True, capture_output=True)
    port = free_port()
    (folder / "conf").write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous false\npassword_file {folder}/passwords\nuser root\n"
        f"certfile {folder}/server.pem\nkeyfile {folder}/server.pem\n",
        encoding="utf-8",
    )
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([mosquitto, "-c", folder / "conf"], stdout=log, stderr=log)
    try:
        until(lambda: _listens(port), "mosquitto listens")
        yield (
            link(port, username="gate", password_file=folder / "word", tls=True, ca_file=folder / "ca.pem"),
            folder,
        )
    finally:
        process.terminate()
        process.wait()


def test_password_and_tls(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with strict_broker(tmp_path) as (right, folder):
        inbox = Inbox()
        with subscribed(right, "safe", "safe", inbox):
            asyncio.run(send(right, "safe", b"secret"))
            until(lambda: inbox.messages, "a message")
        assert inbox.payloads == [b"secret"]

        (folder / "wrong").write_text("guess", encoding="utf-8")
        wrong = Subscriber(replace(right, password_file=folder / "wrong"), "wrong", ["safe"], inbox)
        wrong.start()
        until(lambda: "refuses us" in caplog.text, "the refusal is logged")
        wrong.close()
        assert not wrong.connected
        with warnings.catch_warnings(action="ignore", category=ResourceWarning):  # paho drops its socket unclosed
            with pytest.raises(BrokerLost):
                asyncio.run(send(replace(right, ca_file=None), "safe", b"unknown authority"))
            gc.collect()


def test_a_publisher_without_a_broker_says_so() -> None:
    with pytest.raises(BrokerLost, match="no broker at 127"):
        asyncio.run(send(link(free_port()), "x", b"x"))


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
