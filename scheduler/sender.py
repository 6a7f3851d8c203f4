"""The sender: a lane for each channel, so that one that hangs blocks neither another channel nor the loop."""

import logging
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from facility.domain.channel import KINDS, MONTH_LIMIT
from facility.domain.notice import Answer, ChannelSpec, Notice, Verdict
from facility.failpoint import failpoint
from facility.ports import Channel, Clock, Outgoing
from scheduler.channels.exchange import NOT_REACHED

log = logging.getLogger(__name__)

MINUTE = 60.0
AT_ONCE = 4  # sends of one channel at a time, unless its kind says otherwise
KEPT = 4  # one place in so many is kept for level 1
KEPT_FROM_ALERTS = 1 / 4  # the share of a minute that is kept for level 1
KEPT_FROM_ORDERS = 1 / 2  # the share that is kept for alerts: a morning's orders must not take them their channel
KEPT_OF_MONTH = 10  # one in so many of a month's messages is kept for level 1
MONTH_PAUSE = timedelta(hours=1)  # what is kept back looks again so often


@dataclass(frozen=True, slots=True)
class Outcome:
    """An attempt that ended; without an answer it was not made."""

    notice: Notice
    answer: Answer | None


@dataclass(slots=True)
class Pace:
    """A vendor's limit in a sliding minute, with shares kept for what is more urgent. `per_minute` 0: no limit."""

    per_minute: int
    _times: deque[float] = field(default_factory=deque)
    _rest_until: float = 0.0

    def allows(self, notice: Notice, at: float) -> bool:
        """This message may go now."""
        while self._times and at - self._times[0] >= MINUTE:
            self._times.popleft()
        kept = int(self.per_minute * _kept_from(notice))
        return at >= self._rest_until and (not self.per_minute or len(self._times) < self.per_minute - kept)

    def count(self, at: float) -> None:
        """A message goes."""
        if self.per_minute:
            self._times.append(at)

    def uncount(self) -> None:
        """The latest one never reached the vendor."""
        if self._times:
            self._times.pop()

    def rest(self, until: float) -> None:
        """The vendor said "later": sending on would only prolong it."""
        self._rest_until = max(self._rest_until, until)


@dataclass(slots=True)
class Lane:
    """One channel: its pace, and the notices that are on their way."""

    channel: Channel
    pace: Pace
    at_once: int = AT_ONCE
    per_month: int = 0
    used: int = 0  # this month
    busy: set[int] = field(default_factory=set)

    def free(self, level: int) -> bool:
        """A message of this level may start; the last places are kept for level 1."""
        return len(self.busy) < (self.at_once if level == 1 else self.at_once - max(1, self.at_once // KEPT))

    def spared(self, level: int) -> bool:
        """What is left of the month is kept for level 1, which is always tried."""
        left = self.per_month - self.used - len(self.busy)
        return level != 1 and self.per_month > 0 and left <= self.per_month // KEPT_OF_MONTH


class Sender:
    """Sends notices in threads of their own. All methods are called by the leader's loop; only `_send` runs in a thread."""

    def __init__(
        self,
        specs: Mapping[str, ChannelSpec],
        open_channel: Callable[[ChannelSpec], Channel],
        clock: Clock,
        may_send: Callable[[], bool],
    ) -> None:
        self._lanes = {
            id: Lane(open_channel(spec), Pace(spec.per_minute), _at_once(spec), spec.per_month)
            for id, spec in specs.items()
        }
        self._clock = clock
        self._may_send = may_send
        self._outcomes: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        self._answered = threading.Event()
        self._claimed: set[int] = set()

    def offer(self, notices: Iterable[Notice], outgoing: Callable[[Notice], Outgoing | None]) -> None:
        """Start as many as lanes and limits allow, in the given order; the others stay where they are, in the outbox."""
        for notice in notices:
            lane = self._lanes.get(notice.channel)
            if notice.id in self._claimed:
                continue
            if lane is None:
                self._end(notice, Answer(Verdict.REFUSED, "no_channel", "the site file has no such channel"))
            elif lane.spared(notice.level):
                self._end(notice, Answer(Verdict.TRY_LATER, MONTH_LIMIT, "the rest is for level 1", MONTH_PAUSE, True))
            elif lane.free(notice.level) and lane.pace.allows(notice, self._clock.monotonic()):
                self._start(lane, notice, outgoing(notice))

    def count_month(self, used: Mapping[str, int]) -> None:
        """How many messages of this month went by each channel."""
        for id, lane in self._lanes.items():
            lane.used = used.get(id, 0)

    def outcomes(self) -> list[Outcome]:
        """Attempts that ended since the last call. Each stays claimed until `release`."""
        ended = []
        while not self._outcomes.empty():
            outcome = self._outcomes.get()
            lane = self._lanes.get(outcome.notice.channel)
            if lane is not None:
                lane.busy.discard(outcome.notice.id)
                self._learn(lane, outcome.answer)
            ended.append(outcome)
        return ended

    def await_answer(self, seconds: float) -> None:
        """Until an attempt is answered; so many seconds of real time at most."""
        if self._answered.wait(seconds):
            self._answered.clear()

    def release(self, outcome: Outcome) -> None:
        """The outcome is stored (or can never be): the notice may be offered again."""
        self._claimed.discard(outcome.notice.id)

    @property
    def most_at_once(self) -> int:
        """More than so many notices of one channel never start together."""
        return max((lane.at_once for lane in self._lanes.values()), default=AT_ONCE)

    @property
    def on_their_way(self) -> int:
        """Notices that are claimed and not released."""
        return len(self._claimed)

    def _start(self, lane: Lane, notice: Notice, outgoing: Outgoing | None) -> None:
        if outgoing is None:
            self._end(notice, Answer(Verdict.REFUSED, "no_person", "the person does not exist any more", personal=True))
            return
        self._claimed.add(notice.id)
        lane.busy.add(notice.id)
        lane.pace.count(self._clock.monotonic())
        name = f"send {notice.key}"
        threading.Thread(target=self._send, args=(lane, notice, outgoing), name=name, daemon=True).start()

    def _end(self, notice: Notice, answer: Answer) -> None:
        self._claimed.add(notice.id)
        self._outcomes.put(Outcome(notice, answer))

    def _send(self, lane: Lane, notice: Notice, outgoing: Outgoing) -> None:
        answer = None
        try:
            failpoint("send.before")
            if self._may_send():
                answer = lane.channel.send(outgoing)
            failpoint("send.after_answer")
        except Exception as error:  # a channel must not raise; if it does, the message may have gone
            log.exception("channel %s failed while sending %s", notice.channel, notice.key)
            answer = Answer(Verdict.UNKNOWN, type(error).__name__, "the channel's program failed")
        finally:
            self._outcomes.put(Outcome(notice, answer))
            if answer is not None:  # what was not sent is tried again in the loop's own time
                self._answered.set()

    def _learn(self, lane: Lane, answer: Answer | None) -> None:
        if answer is None or answer.text == NOT_REACHED:
            lane.pace.uncount()
        elif answer.verdict is Verdict.TRY_LATER and answer.retry_after is not None and not answer.personal:
            lane.pace.rest(self._clock.monotonic() + answer.retry_after.total_seconds())


def _kept_from(notice: Notice) -> float:
    """The share of a minute that this message leaves to more urgent ones."""
    if notice.level == 1:
        return 0.0
    return KEPT_FROM_ALERTS if notice.alert is not None or notice.level == 2 else KEPT_FROM_ORDERS


def _at_once(spec: ChannelSpec) -> int:
    return KINDS[spec.kind].at_once if spec.kind in KINDS else AT_ONCE
