"""Message channels, one a file: each sends, and says what the vendor's own answer means."""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType

from facility.domain.asset import Link
from facility.domain.notice import ChannelSpec
from facility.ports import Channel
from facility.settings import SettingRefused
from scheduler.channels.apprise import Apprise
from scheduler.channels.dingtalk_robot import DingtalkRobot
from scheduler.channels.email import Email
from scheduler.channels.feishu_robot import FeishuRobot
from scheduler.channels.gateway import Gateway
from scheduler.channels.modem import ModemCall, ModemSms
from scheduler.channels.mqtt import Mqtt
from scheduler.channels.webhook import Webhook
from scheduler.channels.wecom_app import WecomApp
from scheduler.channels.wecom_robot import WecomRobot

Now = Callable[[], datetime]
Links = Mapping[str, Link]
NO_LINKS: Links = MappingProxyType({})

KINDS: Mapping[str, Callable[[ChannelSpec, Now, Links], Channel]] = {
    "wecom_robot": lambda spec, _now, _links: WecomRobot(spec),
    "wecom_app": lambda spec, _now, _links: WecomApp(spec),
    "dingtalk_robot": lambda spec, now, _links: DingtalkRobot(spec, now),
    "feishu_robot": lambda spec, now, _links: FeishuRobot(spec, now),
    "email": lambda spec, now, _links: Email(spec, now),
    "webhook": lambda spec, now, _links: Webhook(spec, now),
    "mqtt": lambda spec, _now, links: Mqtt(spec, links.get(spec.text("link"))),
    "apprise": lambda spec, _now, _links: Apprise(spec),
    "sms_gateway": lambda spec, now, _links: Gateway(spec, now),
    "voice_gateway": lambda spec, now, _links: Gateway(spec, now),
    "modem_sms": lambda spec, _now, _links: ModemSms(spec),
    "modem_call": lambda spec, _now, _links: ModemCall(spec),
}


def open_channel(spec: ChannelSpec, now: Now, links: Links = NO_LINKS) -> Channel:
    """The channel of the site file; SettingRefused for a kind that does not exist."""
    try:
        make = KINDS[spec.kind]
    except KeyError:
        raise SettingRefused(
            f"channels.{spec.id}.kind", f"{spec.kind!r} is no kind of channel", f"Use one of {', '.join(KINDS)}"
        ) from None
    return make(spec, now, links)
