"""MQTT: sirens and wall displays. JSON on the channel's topic, QoS 1, not retained: a display that comes back late shows nothing old."""

import asyncio
import json
import uuid

from facility import bus
from facility.domain.asset import Link
from facility.domain.errors import FacilityError
from facility.domain.notice import Answer, ChannelSpec, Verdict
from facility.ports import Outgoing
from scheduler.channels.exchange import NOT_REACHED
from scheduler.channels.webhook import payload


class Mqtt:
    """Port Channel. Accepted: the broker has it; with `answer`, the device itself said so on `<topic>/answer`."""

    def __init__(self, spec: ChannelSpec, link: Link | None) -> None:
        self._spec, self._link = spec, link
        self._topic, self._answers = spec.text("topic"), bool(spec.settings.get("answer"))

    def send(self, outgoing: Outgoing) -> Answer:
        """Publish on a connection of its own."""
        if self._link is None or not self._topic:
            return Answer(Verdict.REFUSED, "no_link", "the site file names no broker or no topic for this channel")
        try:
            return asyncio.run(self._within(self._link, outgoing))
        except (FacilityError, OSError) as error:
            return Answer(Verdict.TRY_LATER, type(error).__name__, NOT_REACHED)

    async def _within(self, link: Link, outgoing: Outgoing) -> Answer:
        try:
            async with asyncio.timeout(self._spec.timeout.total_seconds()):
                return await (self._answered(link, outgoing) if self._answers else self._published(link, outgoing))
        except TimeoutError:
            return Answer(Verdict.UNKNOWN, "silent", "nothing came back in time")

    async def _published(self, link: Link, outgoing: Outgoing) -> Answer:
        async with bus.publisher(link, _client_id(self._spec)) as publish:
            await publish(self._topic, _body(outgoing))
        return Answer(Verdict.ACCEPTED, "PUBACK", "the broker has it")

    async def _answered(self, link: Link, outgoing: Outgoing) -> Answer:
        async with bus.listener(link, _client_id(self._spec), [f"{self._topic}/answer"]) as answers:
            await self._published(link, outgoing)
            async for message in answers:
                if message.payload.decode("utf-8", "replace").strip() == outgoing.key:
                    return Answer(Verdict.ACCEPTED, "answered", "the device has it")
        return Answer(Verdict.UNKNOWN, "silent", "the broker closed before the device answered")


def _body(outgoing: Outgoing) -> bytes:
    return json.dumps(payload(outgoing), ensure_ascii=False).encode()


def _client_id(spec: ChannelSpec) -> str:
    """Another one each time: a broker ends the older of two connections that share it."""
    return f"facility-{spec.id}-{uuid.uuid4().hex[:8]}"
