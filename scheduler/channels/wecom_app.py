"""WeCom app message (企业微信应用消息) to one person: text, or a card whose button acknowledges; `errcode` and `invaliduser` count."""

import json
import logging
import threading
import time
from collections import deque
from datetime import timedelta
from urllib.parse import urlencode

from facility.domain.notice import Answer, ChannelSpec, Verdict
from facility.ports import Outgoing
from scheduler.channels.exchange import (
    Reply,
    address,
    busy,
    document,
    exchange,
    masked,
    post_json,
    secret_text,
    unreadable,
)
from scheduler.channels.layout import fitted
from scheduler.channels.remembered import Remembered
from scheduler.channels.wecom_card import card, takes_cards

log = logging.getLogger(__name__)

LONGEST = 2048  # bytes of text
SPENT = {"40014", "42001", "42007", "42009"}  # the token died before its time
CARD_KNOWN = "42014"
LATER = {"-1", "45009", "45033"}
REST = timedelta(seconds=60)
SOONER = 300.0  # seconds before its end at which a token is renewed
PERSON_LIMITS = ((60.0, 30), (3600.0, 1000))  # the vendor drops a person's surplus without a word


class WecomApp:
    """Port Channel. Safe to be called by several threads."""

    def __init__(self, spec: ChannelSpec) -> None:
        self._spec = spec
        self._lock, self._fetching = threading.Lock(), threading.Lock()
        self._token, self._token_until = "", 0.0
        self._texts, self._cards = Remembered(), Remembered()
        self._sent: dict[str, deque[float]] = {}

    def send(self, outgoing: Outgoing) -> Answer:
        """Send; a spent token is renewed once. Equal texts within half an hour show once (enable_duplicate_check)."""
        if not outgoing.to:
            return Answer(Verdict.REFUSED, "no_address", "the person has no user id on this channel", personal=True)
        if not self._allows(outgoing.to):
            words = "30 a minute, 1000 an hour: the vendor drops more"
            return Answer(Verdict.TRY_LATER, "person_limit", words, personal=True)
        try:
            base, secret = address(self._spec).rstrip("/"), secret_text(self._spec)
        except OSError as error:
            return unreadable(error)
        answer = self._attempt(base, secret, outgoing)
        if answer.code in SPENT:
            self._forget_token()
            answer = self._attempt(base, secret, outgoing)
        if answer.code in SPENT:
            return Answer(Verdict.TRY_LATER, answer.code, answer.text)
        return answer

    def _attempt(self, base: str, secret: str, outgoing: Outgoing) -> Answer:
        if not takes_cards(self._spec, outgoing):
            return self._post(base, secret, outgoing, self._text(outgoing))
        answer = self._post(base, secret, outgoing, self._card(outgoing))
        if (
            answer.code == CARD_KNOWN
        ):  # its id is new with each card: the vendor has it of an attempt that got no answer
            return Answer(Verdict.ACCEPTED, answer.code, "the card is there already")
        if answer.verdict is Verdict.REFUSED and not answer.personal and answer.code not in SPENT:
            log.warning(
                "%s: the card was refused (%s %s); the message goes as text", self._spec.id, answer.code, answer.text
            )
            return self._post(base, secret, outgoing, self._text(outgoing))
        return answer

    def _post(self, base: str, secret: str, outgoing: Outgoing, content: dict[str, object]) -> Answer:
        token = self._current_token(base, secret)
        if isinstance(token, Answer):
            return masked(token, secret)
        url = f"{base}/cgi-bin/message/send?{urlencode({'access_token': token})}"
        reply = post_json(self._spec, url, self._message(outgoing) | content)
        return reply if isinstance(reply, Answer) else masked(read(reply, outgoing.to), url, secret)

    def _message(self, outgoing: Outgoing) -> dict[str, object]:
        return {
            "touser": outgoing.to,
            "agentid": self._spec.settings.get("agent_id"),
            "enable_duplicate_check": 1,
            "duplicate_check_interval": 1800,
        }

    def _text(self, outgoing: Outgoing) -> dict[str, object]:
        """The text of the first attempt: times and links of a later one would make it another message."""
        tail = [outgoing.link] if outgoing.link else []
        content = self._texts.first(outgoing.key, lambda: fitted(outgoing, LONGEST, tail=tail))
        return {"msgtype": "text", "text": {"content": content}}

    def _card(self, outgoing: Outgoing) -> dict[str, object]:
        """The card of the first attempt, for the same reason."""
        made = self._cards.first(outgoing.key, lambda: json.dumps(card(outgoing), ensure_ascii=False))
        return {"msgtype": "template_card", "template_card": json.loads(made)}

    def _current_token(self, base: str, secret: str) -> str | Answer:
        """The app's token; one thread fetches it, since frequent calls are blocked."""
        if not self._fetching.acquire(timeout=self._spec.timeout.total_seconds()):
            return Answer(Verdict.TRY_LATER, "no_token", "another message waits for the token")
        try:
            if self._token and time.monotonic() < self._token_until:
                return self._token
            return self._fetched_token(base, secret)
        finally:
            self._fetching.release()

    def _fetched_token(self, base: str, secret: str) -> str | Answer:
        query = urlencode({"corpid": self._spec.text("corp_id"), "corpsecret": secret})
        reply = exchange(self._spec, f"{base}/cgi-bin/gettoken?{query}", b"", {}, "GET")
        if isinstance(reply, Answer):  # no message was sent, so none can have arrived
            return Answer(Verdict.TRY_LATER, reply.code, reply.text)
        token, lives, answer = token_of(reply)
        if answer is not None:
            return answer
        self._token, self._token_until = token, time.monotonic() + max(0.0, lives - SOONER)
        return token

    def _forget_token(self) -> None:
        with self._fetching:
            self._token = ""

    def _allows(self, person: str) -> bool:
        at = time.monotonic()
        with self._lock:
            sent = self._sent.setdefault(person, deque())
            while sent and at - sent[0] >= PERSON_LIMITS[-1][0]:
                sent.popleft()
            if any(sum(at - when < window for when in sent) >= most for window, most in PERSON_LIMITS):
                return False
            sent.append(at)
            return True


def token_of(reply: Reply) -> tuple[str, float, Answer | None]:
    """Token and its life in seconds, or what the refusal means."""
    found = document(reply) or {}
    token, lives = found.get("access_token"), found.get("expires_in")
    if found.get("errcode", 0) == 0 and isinstance(token, str) and token:
        return token, float(lives) if isinstance(lives, int) else 7200.0, None
    answer = read(reply, "")
    if answer.verdict in (Verdict.UNKNOWN, Verdict.ACCEPTED):
        return "", 0.0, Answer(Verdict.TRY_LATER, "no_token", "an answer without a token")
    return "", 0.0, answer


def read(reply: Reply, person: str) -> Answer:
    """What the answer means for this person: with errcode 0 it may still stand in `invaliduser`."""
    later = busy(reply)
    if later is not None:
        return later
    found = document(reply)
    code = found.get("errcode") if found else None
    if found is None or type(code) is not int:
        if reply.status != 200:
            return Answer(Verdict.REFUSED, str(reply.status), "not the vendor's address")
        return Answer(Verdict.UNKNOWN, "no_errcode", "an answer without errcode")
    words = str(found.get("errmsg", ""))[:200]
    if code == 0:
        for name in ("invaliduser", "unlicenseduser"):
            if person.lower() in str(found.get(name) or "").lower().split("|"):
                return Answer(Verdict.REFUSED, name, f"the vendor does not reach {person}", personal=True)
        return Answer(Verdict.ACCEPTED, "0", words)
    if str(code) in LATER:
        return Answer(Verdict.TRY_LATER, str(code), words, REST)
    return Answer(Verdict.REFUSED, str(code), words)
