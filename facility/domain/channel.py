"""Kinds of message channels: what each is called, by which way it leaves the building, and what its vendor allows."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from facility.domain.text import Title


class Way(StrEnum):
    """How a message leaves: what has to live for it to arrive."""

    INTERNET = "internet"  # router and line: they die with the mains
    LOCAL = "local"  # the site's own network, kept by the server's battery
    PHONE = "phone"  # a modem at this machine: the mobile network has batteries of its own

    @property
    def survives_mains(self) -> bool:
        """A message still goes out when mains, router and internet are gone."""
        return self is not Way.INTERNET


@dataclass(frozen=True, slots=True)
class ChannelKind:
    """A kind of channel. `per_minute`, `per_month`: the vendor's limits, 0 for none; the site file's own numbers win.

    `timeout`: how long its answer may take. `at_once`: messages on their way at one time. `needs`: keys that the site file must give.
    `addressed`: it cannot send to a person without an address.
    """

    title: Title
    way: Way
    per_minute: int = 0
    per_month: int = 0
    at_once: int = 4
    timeout: timedelta = timedelta(seconds=15)
    needs: tuple[str, ...] = ("url",)
    addressed: bool = False


KINDS: Mapping[str, ChannelKind] = {
    "wecom_robot": ChannelKind(Title("WeCom group robot", "企业微信群机器人"), Way.INTERNET, per_minute=20),
    "wecom_app": ChannelKind(
        Title("WeCom app message", "企业微信应用消息"), Way.INTERNET, needs=("secret_file",), addressed=True
    ),
    "dingtalk_robot": ChannelKind(Title("DingTalk group robot", "钉钉群机器人"), Way.INTERNET, 20, 3000),
    "feishu_robot": ChannelKind(Title("Feishu group robot", "飞书群机器人"), Way.INTERNET, per_minute=100),
    "email": ChannelKind(Title("E-mail", "电子邮件"), Way.INTERNET, timeout=timedelta(seconds=20), addressed=True),
    "webhook": ChannelKind(Title("Signed webhook", "签名回调"), Way.INTERNET, needs=("url", "secret_file")),
    "mqtt": ChannelKind(Title("Siren or wall display (MQTT)", "声光报警器或大屏（MQTT）"), Way.LOCAL, needs=()),
    "apprise": ChannelKind(Title("Apprise", "Apprise"), Way.INTERNET, needs=("url_file",)),
    "sms_gateway": ChannelKind(Title("SMS", "短信"), Way.INTERNET, needs=("url", "secret_file"), addressed=True),
    "voice_gateway": ChannelKind(
        Title("Voice call", "语音电话"), Way.INTERNET, needs=("url", "secret_file"), addressed=True
    ),
    "modem_sms": ChannelKind(
        Title("SMS by the site's own modem", "本地模块短信"),
        Way.PHONE,
        at_once=2,
        needs=(),
        timeout=timedelta(seconds=30),
        addressed=True,
    ),
    "modem_call": ChannelKind(
        Title("Call by the site's own modem", "本地模块电话"),
        Way.PHONE,
        at_once=2,
        needs=(),
        timeout=timedelta(seconds=45),
        addressed=True,
    ),
}
MONTH_LIMIT = "month_limit"
NEVER_ASKED = frozenset(
    {MONTH_LIMIT, "person_limit", "no_address", "no_person", "no_channel", "no_link", "secret_file", "url_file"}
    | {"not_installed", "no_service", "in_use", "no_port"}
)
"""Codes that are our own: the vendor was not asked, so it has counted nothing."""

SECOND_WAYS = ("modem_sms", "modem_call", "mqtt")
"""Kinds that reach a person without mains and internet, in the order in which they are recommended."""


@dataclass(frozen=True, slots=True)
class ChannelHealth:
    """What a channel's vendor last answered. `used`: messages that the vendor took or refused in `month` (2026-11)."""

    channel: str
    accepted_at: datetime | None = None
    refused_at: datetime | None = None
    refused_code: str = ""
    refused_text: str = ""
    failing_since: datetime | None = None  # first answer that was not "accepted" since the last that was
    month: str = ""
    used: int = 0

    def accepted(self, at: datetime) -> "ChannelHealth":
        """The vendor took a message."""
        return replace(self, accepted_at=at, failing_since=None)

    def failed(self, code: str, text: str, at: datetime) -> "ChannelHealth":
        """The vendor did not take a message, or was not reached."""
        since = self.failing_since or at
        return replace(self, refused_at=at, refused_code=code, refused_text=text, failing_since=since)

    def counted(self, month: str) -> "ChannelHealth":
        """One more call that the vendor counts in this month."""
        return replace(self, month=month, used=self.used_in(month) + 1)

    def used_in(self, month: str) -> int:
        """Calls of this month."""
        return self.used if self.month == month else 0
