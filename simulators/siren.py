"""The siren and wall display of the site: hears its topic on the broker, shows the message, answers that it has it."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

from facility.bus import BrokerLost, Message, Publish, listener, publisher
from facility.domain.asset import Link
from facility.domain.notice import ChannelSpec
from simulators.answers import Letter, Mode, as_text
from simulators.robot import Robot

log = logging.getLogger(__name__)

AGAIN = 1.0  # s until the broker is tried again


async def sound(spec: ChannelSpec, link: Link, robot: Robot) -> None:
    """Listen until cancelled; goes on by itself when the broker comes back."""
    topic = spec.text("topic")
    while True:
        try:
            async with AsyncExitStack() as stack:
                publish = await stack.enter_async_context(publisher(link, f"siren-{spec.id}-says"))
                heard = await stack.enter_async_context(listener(link, f"siren-{spec.id}", [topic]))
                await _hear(spec.id, topic, heard, publish, robot)
        except BrokerLost as error:
            log.warning("siren %s: broker away (%s), trying again", spec.id, error)
        await asyncio.sleep(AGAIN)


async def _hear(channel: str, topic: str, heard: AsyncIterator[Message], publish: Publish, robot: Robot) -> None:
    async for message in heard:
        letter = letter_of(message.payload)
        if letter is not None and robot.take_letter(channel, letter, "answered") is Mode.ACCEPT:
            await publish(f"{topic}/answer", letter.key.encode())


def letter_of(payload: bytes) -> Letter | None:
    """The message; None when it is none."""
    try:
        document = json.loads(payload)
    except ValueError:
        return None
    if not isinstance(document, dict):
        return None
    to, text, link, id = (as_text(document.get(name)) for name in ("to", "text", "link", "id"))
    return Letter(to, text, link, id)
