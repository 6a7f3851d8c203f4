"""A centre that has been at work: requests, the daily list, reports, a shift that was handed over. For pictures."""

from datetime import timedelta

from facility.domain.request import Came, RequestKind
from facility.domain.slot import moment_of
from facility.flow.list_unresolved import list_unresolved
from facility.flow.make_reports import make_reports
from facility.flow.shift_handover import give, missing, take
from facility.flow.take_request import Intake, take_request
from tests.api.scene import Scene

ASKED = (
    (RequestKind.REPAIR, "water", "厨房水龙头漏水", Came.PHONE, 50),
    (RequestKind.COMPLAINT, "neighbour", "楼上深夜装修", Came.DESK, 35),
    (RequestKind.ENQUIRY, "parking", "访客车辆怎样登记", Came.PHONE, 20),
    (RequestKind.REPAIR, "door_window", "单元门关不严", Came.DESK, 5),
)
"""Kind, category, words, how it came, minutes ago."""


def live_in(scene: Scene) -> None:
    """Fill it; the scene has its people, rosters and homes."""
    now = scene.clock.now()
    today = now.astimezone(scene.site.zone).date()
    with scene.work.writing() as unit:
        desk = next(one.id for one in unit.people.all() if "front-desk" in one.positions)
        for place, (kind, category, words, came, ago) in enumerate(ASKED):
            received = now - timedelta(minutes=ago)
            asked = Intake(kind, category, words, came, received, f"asked-of-{place}", home=1, receiver=desk)
            take_request(scene.site, unit, asked, now)
        list_unresolved(scene.site, unit, moment_of(today, scene.site.day_list.made, scene.site.zone))
        make_reports(scene.site, unit, now + timedelta(days=1), lambda _month: None)
        position, slot = missing(scene.site, unit, now)[0]
        giver = slot.people[0]
        record = give(
            scene.site, unit, position=position, day=slot.day, shift=slot.shift.name, person=giver,
            words="3号水泵的备件明早送到，钥匙在值班室。", now=slot.end,
        )  # fmt: skip
        taker = next(one.id for one in unit.people.all() if position in one.positions and one.id != giver)
        take(scene.site, unit, record.id, taker, "已清点", slot.end + timedelta(minutes=5))
