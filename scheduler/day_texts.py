"""The morning's message to one person: how much waits, and what is due first."""

from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo

from facility.domain.text import Language, Message
from facility.locale import moment, text

COUNTS = ("today", "overdue", "checks", "spot_checks")
Order = Mapping[str, object]


def day_lines(
    message: Message,
    language: Language,
    zone: tzinfo,
    now: datetime,
    what: Callable[[Order], str],
    where: Callable[[Order], str],
) -> list[str]:
    """Head, counts, the orders that are named, what to do; `what` and `where` put an order into words."""
    counts = {name: int(str(message.params[name])) for name in COUNTS}
    lines = [
        text("notices.head.my_day", language, number=sum(counts.values())),
        text("notices.line.my_day_counts", language, **counts),
    ]
    for order in message.params["orders"]:  # type: ignore[attr-defined]
        due = datetime.fromisoformat(str(order["due_at"]))
        id = "notices.line.my_day_overdue" if due < now else "notices.line.my_day_order"
        facts = {"order": order["order"], "what": what(order), "where": where(order)}
        lines.append(text(id, language, **facts, due=moment(due, language, zone)))
    return [*lines, text("notices.do.my_day", language)]
