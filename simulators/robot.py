"""The people's phones: vendors of message channels that answer as the real ones do, and what arrived.

WeCom codes and limits: 0 accepted, 45009 above 20 messages a minute (blocked for 60 s), 93000 unknown key, 40058 too long,
40008 message type, 44004 empty text, 40035 unreadable. Webhook: Standard Webhooks 1.0.0, HMAC-SHA256, five minutes of tolerance.
DingTalk, Feishu and the gateway for SMS and calls stand in `vendors`, e-mail in `mail`, the siren in `siren`.
"""

import json
import re
from collections import deque
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from facility.domain.errors import NotFound
from facility.domain.notice import ChannelSpec
from facility.ports import Clock
from simulators.answers import Letter, Mode, Request, Vendor, VendorAnswer, as_text, first_address, misbehaviour
from simulators.signed import secret_of, signed
from simulators.vendors import VENDORS, address_of

KEPT = 500  # messages and attempts that are remembered
PER_MINUTE, BLOCKED = 20, timedelta(seconds=60)
LONGEST = {"text": 2048, "markdown": 4096, "markdown_v2": 4096}  # bytes of UTF-8
WECOM, WEBHOOK, MQTT, EMAIL = "wecom_robot", "webhook", "mqtt", "email"
KINDS = (WECOM, WEBHOOK, MQTT, EMAIL, *VENDORS)
MENTION = re.compile(r"<@([^>\s]+)>")


@dataclass(frozen=True, slots=True)
class Message:
    """One message that arrived on a phone. `key`: the sender's idempotency key, where the channel has one."""

    number: int
    at: datetime
    channel: str
    to: str
    text: str
    link: str
    key: str = ""

    def json(self) -> dict[str, object]:
        """For the JSON twin."""
        return {
            "number": self.number,
            "at": self.at.isoformat(timespec="milliseconds"),
            "channel": self.channel,
            "to": self.to,
            "text": self.text,
            "link": self.link,
            "key": self.key,
        }


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request to a channel and how it was answered."""

    number: int
    at: datetime
    channel: str
    answer: str

    def json(self) -> dict[str, object]:
        """For the JSON twin."""
        return {
            "number": self.number,
            "at": self.at.isoformat(timespec="milliseconds"),
            "channel": self.channel,
            "answer": self.answer,
        }


class Robot:
    """All message channels of the site, from the vendors' side."""

    def __init__(self, channels: Iterable[ChannelSpec], clock: Clock, unreachable: Set[str] = frozenset()) -> None:
        self._clock = clock
        specs = [spec for spec in channels if spec.kind in KINDS]
        self._modes = {spec.id: Mode.ACCEPT for spec in specs}
        self._unreachable = unreachable  # changes while a scenario is played
        self._specs = {spec.id: spec for spec in specs}
        self._messages: deque[Message] = deque(maxlen=KEPT)
        self._attempts: deque[Attempt] = deque(maxlen=KEPT)
        self._numbers = {"message": 0, "attempt": 0}
        self._shown: dict[str, deque[str]] = {}  # keys of a channel's latest messages
        self._recent: dict[str, deque[datetime]] = {}
        self._blocked: dict[str, datetime] = {}

    @property
    def modes(self) -> dict[str, Mode]:
        """How each channel's vendor behaves now."""
        return {id: Mode.UNREACHABLE if id in self._unreachable else mode for id, mode in self._modes.items()}

    def behave(self, channel: str, mode: Mode) -> None:
        """Let a channel's vendor behave so from now on; NotFound."""
        if channel not in self._modes:
            raise NotFound("channel", channel)
        self._modes[channel] = mode
        self._blocked.pop(channel, None)

    def messages(self) -> list[Message]:
        """What arrived, oldest first; the last KEPT."""
        return list(self._messages)

    def attempts(self) -> list[Attempt]:
        """What was tried, with each answer, oldest first; the last KEPT."""
        return list(self._attempts)

    def take_wecom(self, key: str, body: bytes) -> VendorAnswer:
        """A request to the WeCom robot's address."""
        channel = next((id for id, spec in self._specs.items() if spec.kind == WECOM and key_of(spec) == key), "")
        answer = self._wecom(channel, body)
        self._log(channel or "(unknown key)", answer)
        return answer

    def take_webhook(self, headers: Mapping[str, str], body: bytes) -> VendorAnswer:
        """A request to the webhook receiver. `headers` by lower-case name."""
        hooks = {id: spec for id, spec in self._specs.items() if spec.kind == WEBHOOK}
        channel = next(
            (id for id, spec in hooks.items() if signed(secret_of(spec), headers, body, self._clock.now())), ""
        )
        misbehaving = channel or next(iter(hooks), "")
        answer = _misbehaviour(self.modes.get(misbehaving, Mode.ACCEPT), WEBHOOK)
        if answer is None:
            answer = self._webhook(channel, headers, body)
        self._log(channel or "(forged)", answer)
        return answer

    def take(self, kind: str, request: Request) -> VendorAnswer:
        """A request to the address of one of VENDORS."""
        vendor = VENDORS[kind]
        specs = {id: spec for id, spec in self._specs.items() if spec.kind == kind}
        channel = vendor.whose(specs, request)
        answer = self._taken(channel, vendor, request) if channel else vendor.stranger
        self._log(channel or f"({kind})", answer)
        return answer

    def _taken(self, channel: str, vendor: Vendor, request: Request) -> VendorAnswer:
        answer = misbehaviour(self.modes[channel], vendor.refusal, vendor.limit)
        if answer is not None:
            return answer
        if vendor.per_minute and self._too_many(channel, vendor.per_minute, timedelta(seconds=vendor.blocked)):
            return vendor.limit
        answer, letter = vendor.take(self._specs[channel], request)
        if letter is not None:
            self._arrives(channel, letter)
        return answer

    def take_letter(self, channel: str, letter: Letter, said: str) -> Mode:
        """A message that came by mail or MQTT; what it then meets. It arrives only with ACCEPT."""
        mode = self.modes[channel]
        if mode is Mode.ACCEPT:
            self._arrives(channel, letter)
        self._log(channel, VendorAnswer(0, {"said": said if mode is Mode.ACCEPT else mode.value}))
        return mode

    @property
    def now(self) -> datetime:
        """The present moment of the vendors."""
        return self._clock.now()

    @property
    def specs(self) -> list[ChannelSpec]:
        """The channels that the simulators stand in for."""
        return list(self._specs.values())

    def of_kind(self, kind: str) -> list[ChannelSpec]:
        """The channels of a kind."""
        return [spec for spec in self._specs.values() if spec.kind == kind]

    def _arrives(self, channel: str, letter: Letter) -> None:
        shown = self._shown.setdefault(channel, deque(maxlen=KEPT))
        if not letter.key or letter.key not in shown:
            self._arrived(channel, letter.to, letter.text, letter.link, letter.key)
        shown.append(letter.key)

    def _wecom(self, channel: str, body: bytes) -> VendorAnswer:
        if not channel:
            return _errcode(93000, "invalid webhook url")
        answer = _misbehaviour(self.modes[channel], WECOM)
        if answer is not None:
            return answer
        if self._too_many(channel):
            return _errcode(45009, "api freq out of limit")
        try:
            text, mentioned = wecom_content(json.loads(body))
        except WecomRefused as refused:
            return _errcode(refused.code, str(refused))
        except ValueError:
            return _errcode(40035, "invalid parameter: not JSON")
        self._arrived(channel, ", ".join(mentioned), text, first_address(text), "")
        return _errcode(0, "ok")

    def _webhook(self, channel: str, headers: Mapping[str, str], body: bytes) -> VendorAnswer:
        if not channel:
            return VendorAnswer(401, {"error": "the signature does not fit"})
        try:
            document = json.loads(body)
        except ValueError:
            document = None
        if not isinstance(document, dict):
            return VendorAnswer(400, {"error": "not a JSON object"})
        to, text, link = (as_text(document.get(name)) for name in ("to", "text", "link"))
        self._arrived(
            channel, to, text or as_text(document.get("title")), link or first_address(text), headers["webhook-id"]
        )
        return VendorAnswer(200, {"ok": True})

    def _too_many(self, channel: str, most: int = PER_MINUTE, blocked_for: timedelta = BLOCKED) -> bool:
        now = self._clock.now()
        blocked = self._blocked.get(channel)
        if blocked is not None and now < blocked:
            return True
        recent = self._recent.setdefault(channel, deque())
        while recent and now - recent[0] >= timedelta(minutes=1):
            recent.popleft()
        if len(recent) >= most:
            self._blocked[channel] = now + blocked_for
            return True
        recent.append(now)
        return False

    def _arrived(self, channel: str, to: str, text: str, link: str, key: str) -> None:
        self._numbers["message"] += 1
        self._messages.append(Message(self._numbers["message"], self._clock.now(), channel, to, text, link, key))

    def _log(self, channel: str, answer: VendorAnswer) -> None:
        self._numbers["attempt"] += 1
        if answer.hang or answer.reset:
            shown = "hang" if answer.hang else "reset"
        else:
            shown = f"{answer.status or ''} {'' if answer.body is None else json.dumps(answer.body)}".strip()
        self._attempts.append(Attempt(self._numbers["attempt"], self._clock.now(), channel, shown))


class WecomRefused(ValueError):
    """A message that WeCom refuses, with its code."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


def wecom_content(document: object) -> tuple[str, list[str]]:
    """The text of a robot message and who is mentioned; WecomRefused."""
    kind = document.get("msgtype") if isinstance(document, dict) else None
    if not isinstance(document, dict) or kind not in LONGEST:
        raise WecomRefused(40008, "invalid message type")
    part = document.get(str(kind))
    content = part.get("content") if isinstance(part, dict) else None
    if not isinstance(part, dict) or not isinstance(content, str) or not content:
        raise WecomRefused(44004, "empty content")
    if len(content.encode()) > LONGEST[str(kind)]:
        raise WecomRefused(40058, f"{kind}.content exceed max length {LONGEST[str(kind)]}")
    listed = [
        *_list(part.get("mentioned_list") if kind == "text" else None),
        *_list(part.get("mentioned_mobile_list") if kind == "text" else None),
    ]
    spoken = MENTION.findall(content) if kind != "markdown_v2" else []
    return content, [*listed, *(name for name in spoken if name not in listed)]


def key_of(spec: ChannelSpec) -> str:
    """The robot's key in a channel's address."""
    return parse_qs(urlsplit(address_of(spec)).query).get("key", [""])[0]


def _misbehaviour(mode: Mode, kind: str) -> VendorAnswer | None:
    if kind == WECOM:
        return misbehaviour(mode, _errcode(93004, "robot is stopped"), _errcode(45009, "api freq out of limit"))
    slow_down = VendorAnswer(429, {"error": "slow down"}, {"retry-after": "60"})
    return misbehaviour(mode, VendorAnswer(403, {"error": "refused"}), slow_down)


def _errcode(code: int, text: str) -> VendorAnswer:
    return VendorAnswer(200, {"errcode": code, "errmsg": text})


def _list(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []
