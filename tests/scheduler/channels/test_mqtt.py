"""MQTT against a real broker: what a siren hears, and what only its own answer proves."""

import json
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from facility.bus import Message, Subscriber
from facility.domain.asset import Link, LinkKind
from facility.domain.notice import ChannelSpec, Verdict
from facility.domain.text import Title
from facility.ports import Channel
from scheduler.channels import open_channel
from scheduler.channels.exchange import NOT_REACHED
from tests.harness.ports import free_port
from tests.harness.servers import Server
from tests.harness.vendor import Vendor
from tests.harness.wait import until
from tests.scheduler.channels.stage import LINK, MESSAGE, NOW


def broker_link(port: int) -> Link:
    return Link("broker", Title("Broker", "消息服务器"), LinkKind.MQTT, "127.0.0.1", port)


def siren(port: int, topic: str, timeout: float = 5.0, **settings: object) -> Channel:
    wanted = {"link": "broker", "topic": topic, **settings}
    spec = ChannelSpec("siren", "mqtt", timeout=timedelta(seconds=timeout), settings=wanted)
    return open_channel(spec, lambda: NOW, {"broker": broker_link(port)})


class Device:
    """Listens as a siren does; answers when told to."""

    def __init__(self, port: int, topic: str, channel_id: str) -> None:
        self.heard: list[Message] = []
        self.answered = threading.Event()
        self._subscriber = Subscriber(broker_link(port), channel_id, [topic], self._take)

    def _take(self, message: Message) -> None:
        self.heard.append(message)
        message.acknowledge()

    def __enter__(self) -> "Device":
        self._subscriber.start()
        until(lambda: self._subscriber.subscribed, "the siren listens")
        return self

    def __exit__(self, *_: object) -> None:
        self._subscriber.close()


def test_the_siren_hears_it(broker: Server) -> None:
    with Device(broker.port, "court/siren", "siren-1") as device:
        answer = siren(broker.port, "court/siren").send(MESSAGE)
        assert (answer.verdict, answer.code) == (Verdict.ACCEPTED, "PUBACK")
        until(lambda: device.heard, "it arrives")
    (message,) = device.heard
    assert (message.qos, message.retained) == (1, False)
    assert json.loads(message.payload) == {
        "id": MESSAGE.key,
        "to": MESSAGE.to,
        "level": 1,
        "title": MESSAGE.title,
        "text": MESSAGE.text,
        "link": LINK,
    }


def test_nothing_is_kept_for_those_who_come_later(broker: Server) -> None:
    siren(broker.port, "court/late").send(MESSAGE)
    siren(broker.port, "court/later").send(MESSAGE)
    with Device(broker.port, "court/late", "siren-2") as device:
        assert siren(broker.port, "court/late").send(MESSAGE).verdict is Verdict.ACCEPTED
        until(lambda: device.heard, "the new one arrives")
        assert len(device.heard) == 1


def test_only_the_devices_answer_is_proof(broker: Server) -> None:
    subject = siren(broker.port, "court/wall", 0.6, answer=True)
    assert subject.send(MESSAGE).verdict is Verdict.UNKNOWN
    answering = siren(broker.port, "court/wall", 5.0, answer=True)
    answers: list[Verdict] = []
    with Device(broker.port, "court/wall", "siren-3") as device:
        thread = threading.Thread(target=lambda: answers.append(answering.send(MESSAGE).verdict))
        thread.start()
        until(lambda: device.heard, "the wall hears it")
        _publish(broker.port, "court/wall/answer", MESSAGE.key)
        thread.join(10)
    assert answers == [Verdict.ACCEPTED]


def _publish(port: int, topic: str, text: str) -> None:
    import asyncio

    from facility import bus

    async def once() -> None:
        async with bus.publisher(broker_link(port), "display") as publish:
            await publish(topic, text.encode())

    asyncio.run(once())


def test_a_broker_that_is_away() -> None:
    answer = siren(free_port(), "court/siren").send(MESSAGE)
    assert (answer.verdict, answer.text) == (Verdict.TRY_LATER, NOT_REACHED)


def test_a_broker_that_is_none() -> None:
    with Vendor("hang") as vendor:
        port = int(vendor.base.rpartition(":")[2])
        assert siren(port, "court/siren", 0.4).send(MESSAGE).verdict is not Verdict.ACCEPTED


def test_without_a_link(tmp_path: Path) -> None:
    spec = ChannelSpec("siren", "mqtt", settings={"link": "other", "topic": "a"})
    assert open_channel(spec, lambda: NOW).send(MESSAGE).code == "no_link"


@pytest.mark.parametrize("retries", [2])
def test_the_same_id_each_time(broker: Server, retries: int) -> None:
    with Device(broker.port, "court/twice", "siren-4") as device:
        for _ in range(retries):
            siren(broker.port, "court/twice").send(MESSAGE)
        until(lambda: len(device.heard) == retries, "both arrive")
    assert {json.loads(message.payload)["id"] for message in device.heard} == {MESSAGE.key}
