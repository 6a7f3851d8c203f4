"""How the simulated vendors answer, well and badly."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from facility.domain.notice import ChannelSpec

Json = Mapping[str, object]
ADDRESS = re.compile(r"https?://[\w.~:/?#@!$&*+,;=%-]+", re.ASCII)


class Mode(StrEnum):
    """How a channel's vendor behaves."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    RATE_LIMIT = "rate_limit"
    HANG = "hang"
    ERROR500 = "error500"
    EMPTY = "empty"
    RESET = "reset"
    UNREACHABLE = "unreachable"  # no way leads there: nothing comes back


@dataclass(frozen=True, slots=True)
class VendorAnswer:
    """What goes back over HTTP. `hang`: nothing for a long time; `reset`: the connection is cut."""

    status: int
    body: Json | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    hang: bool = False
    reset: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """One request to a vendor; headers by lower-case name. `hook`: the last part of the path."""

    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    now: datetime
    hook: str = ""

    @property
    def document(self) -> Json | None:
        """The body as a JSON object."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return None
        return found if isinstance(found, dict) else None


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as it reaches a phone. `key`: the sender's idempotency key; the same key is shown once."""

    to: str
    text: str
    link: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Vendor:
    """A kind of vendor: whose request it is (empty: nobody's), what it says to strangers, and what it makes of a message."""

    whose: Callable[[Mapping[str, ChannelSpec], Request], str]
    stranger: VendorAnswer
    take: Callable[[ChannelSpec, Request], tuple[VendorAnswer, Letter | None]]
    refusal: VendorAnswer
    limit: VendorAnswer
    per_minute: int = 0
    blocked: float = 60.0  # seconds for which a sender above the limit is refused


def misbehaviour(mode: Mode, refusal: VendorAnswer, limit: VendorAnswer) -> VendorAnswer | None:
    """What a vendor answers that behaves badly; None when it behaves well."""
    answers = {
        Mode.REFUSE: refusal,
        Mode.RATE_LIMIT: limit,
        Mode.HANG: VendorAnswer(200, hang=True),
        Mode.UNREACHABLE: VendorAnswer(200, hang=True),
        Mode.ERROR500: VendorAnswer(500, {"error": "internal error"}),
        Mode.EMPTY: VendorAnswer(200),
        Mode.RESET: VendorAnswer(200, reset=True),
    }
    return answers.get(mode)


def first_address(text: str) -> str:
    """The first address in a text."""
    match = ADDRESS.search(text)
    return match[0] if match else ""


def as_text(value: object) -> str:
    """A field that should be text."""
    return value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)
