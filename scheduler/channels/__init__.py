"""Message channels, one a file: each sends, and says what the vendor's own answer means."""

from collections.abc import Callable, Mapping
from datetime import datetime

from facility.domain.notice import ChannelSpec
from facility.ports import Channel
from facility.settings import SettingRefused
from scheduler.channels.webhook import Webhook
from scheduler.channels.wecom_robot import WecomRobot

Now = Callable[[], datetime]

KINDS: Mapping[str, Callable[[ChannelSpec, Now], Channel]] = {
    "wecom_robot": lambda spec, _now: WecomRobot(spec),
    "webhook": Webhook,
}


def open_channel(spec: ChannelSpec, now: Now) -> Channel:
    """The channel of the site file; SettingRefused for a kind that does not exist."""
    try:
        make = KINDS[spec.kind]
    except KeyError:
        raise SettingRefused(
            f"channels.{spec.id}.kind", f"{spec.kind!r} is no kind of channel", f"Use one of {', '.join(KINDS)}"
        ) from None
    return make(spec, now)
