"""WeCom group robot (企业微信群机器人): markdown by `POST /cgi-bin/webhook/send?key=`; the truth is `errcode`, not the status."""

import json
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

from facility.domain.notice import Answer, ChannelSpec, Verdict
from facility.ports import Outgoing
from scheduler.channels.exchange import Reply, address, busy, exchange

LONGEST = 4096  # bytes of markdown; longer is refused as a whole (40058)
LATER = {-1: "system busy", 45009: "rate limit", 45033: "too many at once"}
REST = timedelta(seconds=60)  # a minute's limit blocks for a minute


class WecomRobot:
    """Port Channel."""

    def __init__(self, spec: ChannelSpec) -> None:
        self._spec = spec

    def send(self, outgoing: Outgoing) -> Answer:
        """Send as markdown, mentioning the person's user id when the contact is known."""
        try:
            url = address(self._spec)
        except OSError as error:
            return Answer(Verdict.REFUSED, "url_file", f"the address cannot be read ({error.strerror})")
        content = {"msgtype": "markdown", "markdown": {"content": markdown(outgoing)}}
        body = json.dumps(content, ensure_ascii=False).encode()
        reply = exchange(self._spec, url, body, {"content-type": "application/json"})
        return reply if isinstance(reply, Answer) else _without_key(read(reply), url)


def markdown(outgoing: Outgoing) -> str:
    """The message within the limit: whole lines are left out from the end, never the first line, the link, the mention."""
    first, *rest = outgoing.text.splitlines() or [outgoing.title]
    tail = [f"[▶ 打开 / Open]({outgoing.link})"] if outgoing.link else []
    tail += [f"<@{outgoing.to}>"] if outgoing.to else []
    room = LONGEST - _size([*tail, ""])
    lines = [f"**{_cut(first, room - len('****') - 1)}**"]
    for line in rest:
        if _size([*lines, line]) > room:
            break
        lines.append(line)
    return "\n".join([*lines, *tail])


def read(reply: Reply) -> Answer:
    """What the robot's answer means. A code that is missing or unreadable is not "accepted"."""
    later = busy(reply)
    if later is not None:
        return later
    if reply.status != 200:
        return Answer(Verdict.REFUSED, str(reply.status), "not the robot's address")
    try:
        answer = json.loads(reply.body)
        code = answer["errcode"]
    except (ValueError, TypeError, KeyError):
        return Answer(Verdict.UNKNOWN, "no_errcode", "an answer without errcode")
    if type(code) is not int:
        return Answer(Verdict.UNKNOWN, "no_errcode", "errcode is not a number")
    words = str(answer.get("errmsg", ""))[:200]
    if code == 0:
        return Answer(Verdict.ACCEPTED, "0", words)
    if code in LATER:
        return Answer(Verdict.TRY_LATER, str(code), words or LATER[code], REST)
    return Answer(Verdict.REFUSED, str(code), words)


def _without_key(answer: Answer, url: str) -> Answer:
    """A vendor's words may repeat what was sent: the key is not kept."""
    words = answer.text
    for _, secret in parse_qsl(urlsplit(url).query):
        words = words.replace(secret, "***") if len(secret) > 3 else words
    return Answer(answer.verdict, answer.code, words, answer.retry_after)


def _size(lines: list[str]) -> int:
    return len("\n".join(lines).encode())


def _cut(text: str, room: int) -> str:
    """The longest beginning of `text` within `room` bytes of UTF-8."""
    return text.encode()[:room].decode(errors="ignore")
