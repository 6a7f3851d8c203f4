"""DingTalk group robot (钉钉群机器人): markdown, signed in the address's query; the truth is `errcode`."""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import quote

from facility.domain.notice import Answer, ChannelSpec, Verdict
from facility.ports import Outgoing
from scheduler.channels.exchange import Reply, address, busy, document, masked, post_json, secret_text, unreadable
from scheduler.channels.layout import fitted, in_json

LONGEST = 18_000  # bytes of text inside the 20 000 bytes of a body (460101)
BLOCKED = {"130101", "410100"}  # above 20 a minute: the robot is blocked
BLOCK, BAN = timedelta(minutes=10), timedelta(minutes=5)


class DingtalkRobot:
    """Port Channel. With a secret file each request is signed; without one the robot must have a keyword or an IP list."""

    def __init__(self, spec: ChannelSpec, now: Callable[[], datetime]) -> None:
        self._spec, self._now = spec, now

    def send(self, outgoing: Outgoing) -> Answer:
        """Send; the notice's key is `msgUuid`, so that a repetition shows once."""
        try:
            url, secret = address(self._spec), secret_text(self._spec)
        except OSError as error:
            return unreadable(error)
        signed = f"{url}&{signature(secret, int(self._now().timestamp() * 1000))}" if secret else url
        reply = post_json(self._spec, signed, message(outgoing, self._spec.text("keyword")))
        return reply if isinstance(reply, Answer) else masked(read(reply), signed, secret)


def signature(secret: str, timestamp: int) -> str:
    """The query part: `timestamp` in ms and `sign`, HMAC-SHA256 of timestamp, line feed and secret."""
    mac = hmac.new(secret.encode(), f"{timestamp}\n{secret}".encode(), hashlib.sha256).digest()
    return f"timestamp={timestamp}&sign={quote(b64encode(mac), safe='')}"


def message(outgoing: Outgoing, keyword: str) -> dict[str, object]:
    """The body. A mention counts only when it stands in the text as well."""
    tail = [f"[▶ 打开 / Open]({outgoing.link})"] if outgoing.link else []
    tail += [f"@{outgoing.to}"] if outgoing.to else []
    tail += [keyword] if keyword and keyword not in outgoing.text else []
    text = fitted(outgoing, LONGEST, in_json, tail=tail, first=lambda line: f"#### {line}", end="  \n")
    mobile = outgoing.to.removeprefix("+86-").isdecimal()
    at = {"atMobiles" if mobile else "atUserIds": [outgoing.to]} if outgoing.to else {}
    return {
        "msgtype": "markdown",
        "markdown": {"title": outgoing.title[:60], "text": text},
        "at": {**at, "isAtAll": False},
        "msgUuid": hashlib.sha256(outgoing.key.encode()).hexdigest()[:32],
    }


def read(reply: Reply) -> Answer:
    """What the robot's answer means."""
    later = busy(reply)
    if later is not None:
        return later
    found = document(reply)
    if found and found.get("status") == 1111:
        return Answer(Verdict.TRY_LATER, "1111", "this address is banned: too many calls", BAN)
    code = found.get("errcode") if found else None
    if (
        found is None
        or isinstance(code, bool)
        or not isinstance(code, int | str)
        or not str(code).lstrip("-").isdecimal()
    ):
        if reply.status != 200:
            return Answer(Verdict.REFUSED, str(reply.status), "not the robot's address")
        return Answer(Verdict.UNKNOWN, "no_errcode", "an answer without errcode")
    code, words = str(code), str(found.get("errmsg", ""))[:200]
    if code == "0":
        return Answer(Verdict.ACCEPTED, "0", words)
    if code == "-1":
        return Answer(Verdict.TRY_LATER, code, words or "system busy")
    if code in BLOCKED:
        return Answer(Verdict.TRY_LATER, code, words or "more than 20 a minute", BLOCK)
    return Answer(Verdict.REFUSED, code, words)
