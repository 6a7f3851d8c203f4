"""How devices speak MQTT (form of the messages, their sequence, where they say whether they are there), and whom we tell."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

SPARKPLUG_NAMESPACE = "spBv1.0"  # first level of every topic of Sparkplug B


class Format(StrEnum):
    """What the payload of a message is."""

    JSON = "json"
    PLAIN = "plain"  # one number, one word or one text, without quotes
    SPARKPLUG = "sparkplug"  # Sparkplug B; the asset's prefix is group/edge node or group/edge node/device


@dataclass(frozen=True, slots=True)
class Stream:
    """The messages of one topic. `sequence`: JSON path of a number that the device counts up; empty: there is none."""

    format: Format = Format.JSON
    sequence: str = ""


@dataclass(frozen=True, slots=True)
class Availability:
    """Where the device (or its will) says whether it is there; `topic` is a template with {prefix}, the words are payloads."""

    topic: str
    online: str = "online"
    offline: str = "offline"


@dataclass(frozen=True, slots=True)
class HomeAssistant:
    """Readings go out to a Home Assistant over the broker of `link`; `prefix` is the first level of its discovery topics."""

    link: str
    prefix: str = "homeassistant"
    every: timedelta = timedelta(seconds=5)  # a value that keeps changing is told so often at most
