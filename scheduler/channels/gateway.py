"""SMS and voice by our own HTTP contract (docs/channels.md): signed POST, 202 with the provider's id, and later a receipt."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta

from facility.domain.notice import Answer, ChannelSpec, Verdict
from facility.domain.signature import headers_of, secret_key
from facility.ports import Outgoing
from scheduler.channels.exchange import (
    Reply,
    address,
    busy,
    document,
    exchange,
    masked,
    secret_text,
    unreadable,
)
from scheduler.channels.layout import cut

TITLE = 35  # characters of one variable of a template (Aliyun); Tencent's 12 are the gateway's to cut
RECEIPT_WITHIN = timedelta(seconds=60)  # afterwards the same id is sent again: the gateway answers the same
LONGEST_RETRY = 600  # seconds
KINDS = {"sms_gateway": "sms", "voice_gateway": "voice"}


class Gateway:
    """Port Channel for both kinds. A gateway that sends receipts has only queued the message: the receipt is the proof."""

    def __init__(self, spec: ChannelSpec, now: Callable[[], datetime]) -> None:
        self._spec, self._now = spec, now

    def send(self, outgoing: Outgoing) -> Answer:
        """Hand over; the notice's key is the id, for which the gateway sends one message only."""
        if not outgoing.to:
            return Answer(Verdict.REFUSED, "no_address", "the person has no number on this channel", personal=True)
        try:
            url, secret = address(self._spec), secret_text(self._spec)
            key = secret_key(secret)
        except OSError as error:
            return unreadable(error)
        except ValueError:
            return Answer(Verdict.REFUSED, "secret_file", "the secret is not whsec_ and base64")
        body = json.dumps(request(outgoing, KINDS[self._spec.kind]), ensure_ascii=False).encode()
        headers = {
            "content-type": "application/json",
            **headers_of(key, outgoing.key, int(self._now().timestamp()), body),
        }
        reply = exchange(self._spec, url, body, headers)
        if isinstance(reply, Answer):
            return reply
        return masked(read(reply, receipts=self._spec.settings.get("receipts") is not False), url, secret)


def request(outgoing: Outgoing, kind: str) -> dict[str, object]:
    """The body: which template, and what fills it."""
    return {
        "id": outgoing.key,
        "kind": kind,
        "to": outgoing.to,
        "template": outgoing.about or "message",
        "params": {
            "level": outgoing.level,
            "language": outgoing.language.value,
            "title": cut(outgoing.title, TITLE, len),
            "text": outgoing.text,
            "link": outgoing.link,
        },
    }


def read(reply: Reply, *, receipts: bool) -> Answer:
    """202 with provider_id: queued, or accepted when no receipts come. Else `{code, retry}`; retry in seconds, or false."""
    found = document(reply) or {}
    if reply.status == 202:
        id = found.get("provider_id")
        if not isinstance(id, str | int) or isinstance(id, bool) or id == "":
            return Answer(Verdict.UNKNOWN, "no_provider_id", "202 without provider_id")
        if receipts:
            return Answer(Verdict.QUEUED, "202", f"queued as {str(id)[:80]}", RECEIPT_WITHIN)
        return Answer(Verdict.ACCEPTED, "202", f"taken as {str(id)[:80]}")
    code, retry = found.get("code"), found.get("retry")
    if not isinstance(code, str | int) or isinstance(code, bool) or code == "":
        if 200 <= reply.status < 300:
            return Answer(Verdict.UNKNOWN, str(reply.status), "neither 202 with provider_id nor an error's code")
        return busy(reply) or Answer(Verdict.REFUSED, str(reply.status), "not the gateway's address")
    words = str(found.get("message", ""))[:200]
    if retry is True:
        return Answer(Verdict.TRY_LATER, str(code)[:40], words)
    if isinstance(retry, int | float) and retry is not False and retry > 0:
        return Answer(Verdict.TRY_LATER, str(code)[:40], words, timedelta(seconds=min(retry, LONGEST_RETRY)))
    return Answer(Verdict.REFUSED, str(code)[:40], words)
