"""WeCom group robot (企业微信群机器人): markdown by `POST /cgi-bin/webhook/send?key=`; the truth is `errcode`, not the status."""

from datetime import timedelta

from facility.domain.notice import Answer, ChannelSpec, Verdict
from facility.ports import Outgoing
from scheduler.channels.exchange import Reply, address, busy, document, masked, post_json
from scheduler.channels.layout import fitted

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
        reply = post_json(self._spec, url, {"msgtype": "markdown", "markdown": {"content": markdown(outgoing)}})
        return reply if isinstance(reply, Answer) else masked(read(reply), url)


def markdown(outgoing: Outgoing) -> str:
    """The message within the limit; "<@" of a text is no mention."""
    tail = [f"[▶ 打开 / Open]({outgoing.link})"] if outgoing.link else []
    tail += [f"<@{outgoing.to}>"] if outgoing.to else []
    return fitted(outgoing, LONGEST, tail=tail, first=lambda line: f"**{line}**", clean=plain)


def plain(line: str) -> str:
    """A line that mentions nobody."""
    return line.replace("<@", "＜@")


def read(reply: Reply) -> Answer:
    """What the robot's answer means. A code that is missing or unreadable is not "accepted"."""
    later = busy(reply)
    if later is not None:
        return later
    if reply.status != 200:
        return Answer(Verdict.REFUSED, str(reply.status), "not the robot's address")
    found = document(reply)
    code = found.get("errcode") if found else None
    if found is None or code is None:
        return Answer(Verdict.UNKNOWN, "no_errcode", "an answer without errcode")
    if type(code) is not int:
        return Answer(Verdict.UNKNOWN, "no_errcode", "errcode is not a number")
    words = str(found.get("errmsg", ""))[:200]
    if code == 0:
        return Answer(Verdict.ACCEPTED, "0", words)
    if code in LATER:
        return Answer(Verdict.TRY_LATER, str(code), words or LATER[code], REST)
    return Answer(Verdict.REFUSED, str(code), words)
