"""Press: somebody presses the button on a chat vendor's card; it proves that the message arrived, and acknowledges."""

from datetime import datetime

from facility.domain.alert import Alert
from facility.domain.asset import Site
from facility.domain.errors import NotFound, Refusal
from facility.domain.receipt import ReceiptState
from facility.flow.receive import receive
from facility.ports import WorkUnit

KEY = "card"
"""What stands in the receipt as the key that was pressed."""


class NotTheirs(Refusal):
    """Whoever pressed is not the person who was told."""


def press(site: Site, unit: WorkUnit, channel: str, notice: str, address: str, now: datetime) -> Alert:
    """The alert afterwards; pressed twice changes nothing. `notice`: its key; `address`: who pressed. NotFound, NotTheirs."""
    told = unit.notices.by_key(notice)
    if told.channel != channel or told.alert is None:
        raise NotFound("notice", notice)
    person = unit.people.get(told.person)
    if person.retired_at is not None or person.contacts.get(channel, "").casefold() != address.casefold():
        raise NotTheirs(f"notice {told.id} went to {person.login}; {address!r} is another address or has left")
    receive(site, unit, channel, notice, ReceiptState.ANSWERED, KEY, now, now)
    return unit.alerts.get(told.alert)
