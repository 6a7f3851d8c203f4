"""Compose messages: ids with plain parameters (ids, ISO times, numbers); they are put into words where they are sent or read."""

from collections.abc import Sequence
from datetime import datetime

from facility.domain.alert import Alert
from facility.domain.alert_figures import Flood
from facility.domain.order import Order
from facility.domain.text import Message, Title

ALERT = "notices.alert"
ALL_CLEAR = "notices.all_clear"
TEST = "notices.test"  # of a channel: nothing has happened
ORDER_ISSUED = "notices.order_issued"
ORDER_UNASSIGNED = "notices.order_unassigned"
ORDER_CHECK = "notices.order_check"
ORDER_SPOT_CHECK = "notices.order_spot_check"
ORDER_REWORK = "notices.order_rework"
ORDER_DUE_SOON = "notices.order_due_soon"
ORDER_OVERDUE = "notices.order_overdue"
ORDER_OVERDUE_DAY = "notices.order_overdue_day"  # to the foreman, a day after
MY_DAY = "notices.my_day"  # what waits for one person, each morning
DUTY_GAPS = "notices.duty_gaps"
FLOOD = "notices.flood"
UNRESOLVED = "notices.unresolved"  # the daily list
UNASSIGNED = "notices.unassigned"  # what of it has no person in the morning
LAYOUTS = (
    ALERT,
    ALL_CLEAR,
    ORDER_ISSUED,
    ORDER_UNASSIGNED,
    ORDER_CHECK,
    ORDER_SPOT_CHECK,
    ORDER_REWORK,
    ORDER_DUE_SOON,
    ORDER_OVERDUE,
    ORDER_OVERDUE_DAY,
    MY_DAY,
    FLOOD,
    UNRESOLVED,
    UNASSIGNED,
)


def alert_message(alert: Alert, escalates_at: datetime | None, remarks: Sequence[Title] = ()) -> Message:
    """What, where, since when, value against limit, what to do, and when somebody else will be told."""
    when = escalates_at.isoformat() if escalates_at else ""
    return Message(ALERT, {**_facts(alert), "escalates_at": when, "remarks": list(remarks)})


def all_clear_message(alert: Alert, over_at: datetime) -> Message:
    """What, where, since when and until when: for those who were told of it."""
    return Message(ALL_CLEAR, {**_facts(alert), "over_at": over_at.isoformat()})


def _facts(alert: Alert) -> dict[str, object]:
    return {
        "alert": alert.id,
        "kind": alert.kind,
        "level": alert.level,
        "asset": alert.asset,
        "area": alert.area,
        "rule": alert.rule,
        "onset": alert.onset.isoformat(),
        "point": alert.point,
        "value": alert.value,
        "limit": alert.limit,
        "note": alert.note,
        "again": alert.round > 0,
        "announced": alert.announced is not None,
        "drill": alert.drill,
    }


def flood_message(flood: Flood) -> Message:
    """How many alerts in ten minutes, since when."""
    return Message(FLOOD, {"raised": flood.peak, "began_at": flood.began_at.isoformat()})


def order_message(layout: str, order: Order, drill: int | None) -> Message:
    """Which work, who answers for it, due when, what to do. `drill`: the one that its alert is of."""
    return Message(
        layout,
        {
            "order": order.id,
            "kind": order.kind.value,
            "title_id": order.title_id,
            "subject": order.subject,
            "asset": order.asset,
            "place": order.place,
            "position": order.position,
            "due_at": order.due_at.isoformat(),
            "drill": drill,
        },
    )
