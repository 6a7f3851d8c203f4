"""The settler: answers that came together are stored in one transaction; a lone one at once."""

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from facility.domain.asset import Site
from facility.domain.errors import Refusal, StoreError
from facility.domain.notice import Answer
from facility.failpoint import failpoint
from facility.flow.settle import settle
from facility.ports import Clock, WorkUnit
from scheduler import health
from scheduler.sender import Outcome, Sender

log = logging.getLogger(__name__)

TOGETHER = 32  # answers in one transaction: others wait for its lock, and a crash before its commit doubles them


class Settler:
    """Keeps each answer until it is stored, and only then lets its notice go. `writing`: a transaction of the leader."""

    def __init__(
        self,
        site: Site,
        sender: Sender,
        writing: Callable[[], AbstractContextManager[WorkUnit]],
        clock: Clock,
    ) -> None:
        self._site, self._sender, self._writing, self._clock = site, sender, writing, clock
        self._unsettled: list[Outcome] = []
        self.answers: Counter[str] = Counter()  # stored, by "channel/verdict"

    def settle(self) -> bool:
        """Store what was answered; False when nothing was. LeaseLost, StoreError: what is not stored is kept."""
        self._unsettled += self._sender.outcomes()
        settled = bool(self._unsettled)
        while self._unsettled:
            self._settle_first(TOGETHER)
        return settled

    def _settle_first(self, number: int) -> None:
        together = self._unsettled[:number]
        try:
            self._store([(outcome, outcome.answer) for outcome in together if outcome.answer is not None])
        except StoreError:
            raise
        except Exception as error:  # one that cannot be stored must keep neither the others nor the leader's loop
            if len(together) > 1:
                for _ in together:
                    self._settle_first(1)
                return
            log.exception("notice %s: its answer cannot be stored", together[0].notice.key)
            if not isinstance(
                error, Refusal
            ):  # a fault of ours: sent again it would fail again; the next channel has it
                del self._unsettled[:1]
                return
        del self._unsettled[:number]
        for outcome in together:
            self._sender.release(outcome)

    def _store(self, answered: Sequence[tuple[Outcome, Answer]]) -> None:
        if not answered:
            return
        with self._writing() as unit:
            now = self._clock.now()
            for outcome, answer in answered:
                settle(self._site, unit, outcome.notice, answer, now)
                self._note_health(unit, outcome.notice.channel, answer)
        failpoint("settle.after_commit")
        for outcome, answer in answered:
            self.answers[f"{outcome.notice.channel}/{answer.verdict}"] += 1
            log.info("notice %s: %s %s", outcome.notice.key, answer.verdict, answer.code)

    def _note_health(self, unit: WorkUnit, channel: str, answer: Answer) -> None:
        if channel in self._site.channels:
            now = self._clock.now()
            known = unit.channels.get(channel)
            unit.channels.put(health.learned(known, answer, now, health.month_of(now, self._site.zone)))
