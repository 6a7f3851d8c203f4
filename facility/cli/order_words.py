"""Orders in words of the command line, and as data."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from facility.domain.asset import Site
from facility.domain.order import FINAL, Order, open_steps
from facility.domain.text import Language
from facility.flow.check_work import bench_for
from facility.flow.checklist_of import checklist_of, plan_of
from facility.locale import catalogue
from facility.ports import WorkUnit

HEAD = ["order", "kind", "what", "where", "state", "responsible", "due"]


def title(site: Site, order: Order) -> str:
    """What it is for, in English."""
    if order.subject is not None:
        return order.subject.in_language(Language.EN)
    plan = plan_of(site, order)
    if plan is not None:
        return plan.title.in_language(Language.EN)
    return catalogue(Language.EN).get(f"alerts.{order.title_id}.title", order.title_id)


def order_row(site: Site, order: Order, names: Mapping[int, str], now: datetime) -> list[str]:
    """One line of the list."""
    late = " (overdue)" if order.state not in FINAL and now > order.due_at else ""
    return [
        str(order.id),
        str(order.kind),
        title(site, order),
        order.asset or order.place,
        order.state.replace("_", " "),
        _name(names, order.person) or "nobody",
        local(site, order.due_at) + late,
    ]


def order_lines(site: Site, unit: WorkUnit, order: Order, now: datetime) -> Iterator[str]:
    """One order with its checklist, history and messages, and who may do what with it now."""
    people = unit.people.all()
    names = names_of(unit)
    yield f"Order {order.id}, {order.kind}: {title(site, order)} at {order.asset or order.place or 'the estate'}"
    yield f"  {order.state.replace('_', ' ')}, version {order.version}, by {_name(names, order.person) or 'nobody'}"
    late = f", overdue since {now - order.due_at}" if order.state not in FINAL and now > order.due_at else ""
    yield f"  opened {local(site, order.opened_at)}, due {local(site, order.due_at)}{late.split('.')[0]}"
    lines = checklist_of(site, unit, order)
    if lines:
        yield "Checklist"
    for line in lines:
        yield f"  {line.key}: {line.item.title.in_language(Language.EN)}"
    yield "What happened"
    for event in unit.orders.events(order.id):
        who = f" · {_name(names, event.person)}" if event.person else ""
        said = f" · {event.note}" if event.note else ""
        yield f"  {local(site, event.at)} {event.step.replace('_', ' ')}{who}{said}"
    yield "Messages"
    for notice in unit.notices.of_order(order.id):
        answer = f"{notice.answer_code} {notice.answer_text}".strip()
        yield f"  {_name(names, notice.person)} by {notice.channel}: {notice.state} {answer}".rstrip()
    bench = bench_for(site, unit, order)
    yield "Possible now"
    for person in people:
        steps = open_steps(order, person.id, bench)
        if steps:
            yield f"  {person.login}: {', '.join(sorted(steps))}"


def order_data(site: Site, order: Order, names: Mapping[int, str]) -> dict[str, object]:
    """One order as JSON; times in UTC."""
    return {
        "id": order.id,
        "version": order.version,
        "kind": str(order.kind),
        "origin": str(order.origin),
        "title": title(site, order),
        "asset": order.asset,
        "place": order.place,
        "state": str(order.state),
        "position": order.position,
        "person": _name(names, order.person),
        "opened_at": order.opened_at.isoformat(),
        "due_at": order.due_at.isoformat(),
        "closed_at": order.closed_at.isoformat() if order.closed_at else None,
    }


def names_of(unit: WorkUnit) -> dict[int, str]:
    """The name of everybody, also of those who have left."""
    return {person.id: person.name for person in unit.people.all(retired=True)}


def local(site: Site, at: datetime) -> str:
    """A time of the site."""
    return f"{at.astimezone(site.zone):%Y-%m-%d %H:%M}"


def _name(names: Mapping[int, str], person: int | None) -> str:
    return names.get(person, f"#{person}") if person is not None else ""
