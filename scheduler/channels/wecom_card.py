"""WeCom's card with a button that acknowledges (模板卡片, button_interaction), for apps whose call-back reaches this site."""

import secrets

from facility.domain.card import card_task
from facility.domain.notice import ChannelSpec
from facility.locale import text
from facility.ports import Outgoing
from scheduler.channels.layout import cut, fitted

TITLE, REST = 108, 480  # bytes that a card shows whole: 36 and 160 Chinese characters
ABOUT = "alert"


def takes_cards(spec: ChannelSpec, outgoing: Outgoing) -> bool:
    """The message asks for an acknowledgement, and the vendor can tell us of it."""
    called_back = spec.text("callback_token_file") and spec.text("callback_key_file")
    return bool(called_back and outgoing.link and outgoing.about == ABOUT)


def card(outgoing: Outgoing) -> dict[str, object]:
    """The card: title, the rest of the message, the button; a touch elsewhere opens the link, where everything stands."""
    head, *rest = fitted(outgoing, TITLE + REST).splitlines()
    return {
        "card_type": "button_interaction",
        "main_title": {"title": cut(head, TITLE)},
        "sub_title_text": "\n".join(rest),
        "card_action": {"type": 1, "url": outgoing.link},
        "task_id": card_task(outgoing.key, secrets.token_hex(4)),
        "button_list": [
            {"text": text("pages.link_page.acknowledge", outgoing.language), "style": 1, "key": "acknowledge"}
        ],
    }
