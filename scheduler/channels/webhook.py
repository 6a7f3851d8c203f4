"""Signed webhook (Standard Webhooks 1.0.0): JSON, HMAC-SHA256 over `id.timestamp.body`; accepted is 2xx."""

import json
from collections.abc import Callable
from datetime import datetime

from facility.domain.notice import Answer, ChannelSpec, Verdict
from facility.domain.signature import headers_of, secret_key
from facility.ports import Outgoing
from scheduler.channels.exchange import Reply, address, busy, exchange


class Webhook:
    """Port Channel. The secret is read at each sending, so that it can be replaced while the program runs."""

    def __init__(self, spec: ChannelSpec, now: Callable[[], datetime]) -> None:
        self._spec = spec
        self._now = now

    def send(self, outgoing: Outgoing) -> Answer:
        """Send; the notice's key is the message id and stays the same in retries."""
        try:
            url, key = address(self._spec), self._key()
        except OSError as error:
            return Answer(Verdict.REFUSED, "secret_file", f"address or secret cannot be read ({error.strerror})")
        except ValueError:
            return Answer(Verdict.REFUSED, "secret_file", "the secret is not whsec_ and base64")
        body = json.dumps(payload(outgoing), ensure_ascii=False).encode()
        headers = {
            "content-type": "application/json",
            **headers_of(key, outgoing.key, int(self._now().timestamp()), body),
        }
        reply = exchange(self._spec, url, body, headers)
        return reply if isinstance(reply, Answer) else read(reply)

    def _key(self) -> bytes:
        if self._spec.secret_file is None:
            raise ValueError("a webhook has no secret")
        return secret_key(self._spec.secret_file.read_text(encoding="ascii"))


def payload(outgoing: Outgoing) -> dict[str, object]:
    """The body."""
    return {
        "id": outgoing.key,
        "to": outgoing.to,
        "level": outgoing.level,
        "title": outgoing.title,
        "text": outgoing.text,
        "link": outgoing.link,
    }


def read(reply: Reply) -> Answer:
    """2xx is accepted; 429 and 5xx later; all else, redirects too, refused."""
    if 200 <= reply.status < 300:
        return Answer(Verdict.ACCEPTED, str(reply.status))
    return busy(reply) or Answer(Verdict.REFUSED, str(reply.status), "redirected" if reply.status < 400 else "refused")
