"""Receive: a gateway reports what became of a message that it had queued; a key pressed on the telephone acknowledges."""

from contextlib import suppress
from datetime import datetime

from facility.domain.alert import AlertEvent
from facility.domain.asset import Site
from facility.domain.errors import Conflict, NotFound
from facility.domain.notice import Answer, Notice, NoticeState, Verdict
from facility.domain.receipt import Receipt, ReceiptState
from facility.flow.acknowledge import acknowledge
from facility.flow.notify import next_channel
from facility.flow.settle import settle
from facility.ports import WorkUnit


def receive(
    site: Site, unit: WorkUnit, channel: str, notice: str, state: ReceiptState, key: str, at: datetime, now: datetime
) -> bool:
    """False when the same report came before. `notice`: its key; `at`: when it happened, as the gateway says. NotFound.

    A report may come before the answer to the message itself, and several times.
    """
    told = unit.notices.by_key(notice)
    if told.channel != channel:
        raise NotFound("notice", notice)
    if not unit.receipts.add(Receipt(told.id, state, key, at, now)):
        return False
    if state.proves:
        _prove(site, unit, told, state, now)
    else:
        _go_on(site, unit, told, state, now)
    if key and state.proves and told.alert is not None:
        with suppress(Conflict):  # somebody else was first, or it is over: what was pressed stays in the receipt
            acknowledge(unit, told.alert, told.person, now)
    return True


def _prove(site: Site, unit: WorkUnit, told: Notice, state: ReceiptState, now: datetime) -> None:
    if told.state is not NoticeState.SENT:
        settle(site, unit, told, Answer(Verdict.ACCEPTED, state.value, "receipt"), now)


def _go_on(site: Site, unit: WorkUnit, told: Notice, state: ReceiptState, now: datetime) -> None:
    """The message did not reach the person: the next channel takes over."""
    if told.state is NoticeState.WAITING:
        settle(site, unit, told, Answer(Verdict.REFUSED, state.value, "receipt"), now)
    elif told.state is NoticeState.SENT and not any(r.state.proves for r in unit.receipts.of_notice(told.id)):
        if told.alert is not None:
            unit.alerts.log(AlertEvent(told.alert, now, "refused", told.person, f"{told.channel} {state.value}"))
        next_channel(site, unit, told, now)
