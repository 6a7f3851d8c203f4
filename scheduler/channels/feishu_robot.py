"""Feishu group robot (飞书群机器人): text, signed in the body; the truth is `code`, whatever `StatusCode` says."""

import hashlib
import hmac
import re
from base64 import b64encode
from collections.abc import Callable
from datetime import datetime, timedelta

from facility.domain.notice import Answer, ChannelSpec, Verdict
from facility.ports import Outgoing
from scheduler.channels.exchange import Reply, address, busy, document, masked, post_json, secret_text, unreadable
from scheduler.channels.layout import fitted, in_json

LONGEST = 18_000  # bytes of text inside the 20 KB of a body
REST = timedelta(seconds=15)
MENTION = re.compile(r"<(?=/?at\b)", re.IGNORECASE)
USER_ID = re.compile(r"[\w.@-]+", re.ASCII)


class FeishuRobot:
    """Port Channel. With a secret file each request is signed; without one the robot must have a keyword or an IP list."""

    def __init__(self, spec: ChannelSpec, now: Callable[[], datetime]) -> None:
        self._spec, self._now = spec, now

    def send(self, outgoing: Outgoing) -> Answer:
        """Send, mentioning the person's user id when the contact is known."""
        try:
            url, secret = address(self._spec), secret_text(self._spec)
        except OSError as error:
            return unreadable(error)
        body = {"msg_type": "text", "content": {"text": text(outgoing, self._spec.text("keyword"))}}
        signed = {**signature(secret, int(self._now().timestamp())), **body} if secret else body
        reply = post_json(self._spec, url, signed)
        hook = url.rpartition("/")[2]  # the hook's id is the secret part of its address
        return reply if isinstance(reply, Answer) else masked(read(reply), hook, secret)


def signature(secret: str, timestamp: int) -> dict[str, str]:
    """`timestamp` (s) and `sign`: HMAC-SHA256 of nothing, with timestamp, line feed and secret as the key."""
    mac = hmac.new(f"{timestamp}\n{secret}".encode(), b"", hashlib.sha256).digest()
    return {"timestamp": str(timestamp), "sign": b64encode(mac).decode()}


def text(outgoing: Outgoing, keyword: str) -> str:
    """The message within the limit. A text without the robot's keyword would vanish, an all-clear too."""
    tail = [outgoing.link] if outgoing.link else []
    tail += [f'<at user_id="{outgoing.to}"></at>'] if USER_ID.fullmatch(outgoing.to) else []
    tail += [keyword] if keyword and keyword not in outgoing.text else []
    return fitted(outgoing, LONGEST, in_json, tail=tail, clean=plain)


def plain(line: str) -> str:
    """A line that mentions nobody."""
    return MENTION.sub("＜", line)


def read(reply: Reply) -> Answer:
    """What the robot's answer means: it refuses with status 200 and 400 alike."""
    found = document(reply)
    code = found.get("code") if found else None
    if found is None or type(code) is not int:
        later = busy(reply)
        if later is not None:
            return later
        if reply.status != 200:
            return Answer(Verdict.REFUSED, str(reply.status), "not the robot's address")
        return Answer(Verdict.UNKNOWN, "no_code", "an answer without code")
    words = str(found.get("msg", ""))[:200]
    if code == 0:
        return Answer(Verdict.ACCEPTED, "0", words)
    if code == 11232 or (code == 9499 and "too many request" in words.lower()):
        return Answer(Verdict.TRY_LATER, str(code), words, REST)
    return busy(reply) or Answer(Verdict.REFUSED, str(code), words)
