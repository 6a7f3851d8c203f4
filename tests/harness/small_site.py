"""A small estate made of domain objects: two incomers, a pump, a fire panel, two links; for tests that need no site file."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from facility.domain.asset import COMM_LOST, Area, Asset, Link, LinkKind, Position, Site, Team, comm_lost
from facility.domain.notice import ChannelSpec, Ladder, Rung
from facility.domain.order import WorkKind
from facility.domain.person import Person
from facility.domain.plan import CheckItem, Plan
from facility.domain.profile import Point, Profile, RawType, Register, System, Table
from facility.domain.rule import AllOf, Compare, Comparison, ConditionOf, Rule
from facility.domain.text import Language, Title
from facility.domain.three_checks import SpotRule
from facility.domain.trigger import Cadence, Calendar
from facility.domain.unit import Unit
from facility.site.quality_lists import shipped_lists

ZONE = ZoneInfo("Asia/Shanghai")
CHANNELS = ("wecom", "hook")


def _title(en: str, zh: str) -> Title:
    return Title(en, zh)


def _seconds(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def _point(name: str, title: Title, unit: Unit, kind: RawType = RawType.FLOAT32) -> Point:
    labels = {"closed": _title("closed", "合闸"), "tripped": _title("tripped", "跳闸")} if kind is RawType.ENUM else {}
    return Point(name, title, unit, Register(Table.HOLDING, 0, kind), _seconds(5), labels=labels)


COMM = comm_lost(_seconds(90))
NO_VOLTAGE = Rule(
    "no_voltage",
    _title("No voltage", "无电压"),
    Compare("voltage_l1", Comparison.BELOW, 50.0, 20.0),
    hold=_seconds(3),
    clear_hold=_seconds(5),
)
TRIPPED = Rule(
    "breaker_tripped",
    _title("Breaker tripped", "断路器跳闸"),
    Compare("breaker_state", Comparison.EQUALS, "tripped"),
    level=3,
    alert="breaker_tripped",
    order=True,
)
PRESSURE_LOW = Rule(
    "pressure_low",
    _title("Pressure low", "水压低"),
    Compare("outlet_pressure", Comparison.BELOW, 0.2, 0.02),
    level=2,
    alert="pressure_low",
    order=True,
)
FIRE = Rule(
    "fire_alarm",
    _title("Fire alarm", "火警"),
    Compare("fire_alarm", Comparison.EQUALS, 1.0),
    level=1,
    alert="fire_alarm",
    order=True,
)


def _profile(id: str, zh: str, system: System, points: list[Point], rules: list[Rule]) -> Profile:
    return Profile(
        id,
        _title(id.replace("_", " "), zh),
        id,
        system,
        "modbus",
        {point.name: point for point in points},
        {rule.id: rule for rule in rules},
    )


METER = _profile(
    "meter",
    "电表",
    System.POWER,
    [
        _point("voltage_l1", _title("voltage L1", "A相电压"), Unit.VOLT),
        _point("breaker_state", _title("breaker", "断路器状态"), Unit.NONE, RawType.ENUM),
    ],
    [NO_VOLTAGE, TRIPPED],
)
PUMP = _profile(
    "pump",
    "生活水泵",
    System.WATER,
    [_point("outlet_pressure", _title("outlet pressure", "出口压力"), Unit.MEGAPASCAL)],
    [PRESSURE_LOW],
)
PANEL = _profile(
    "panel",
    "火灾报警控制器",
    System.FIRE,
    [_point("fire_alarm", _title("fire alarm", "火警"), Unit.NONE, RawType.BIT)],
    [FIRE],
)


def _asset(id: str, title: Title, profile: Profile, area: str, link: str) -> Asset:
    return Asset(id, title, profile, area, "electrician", "electrician", link, rules={**profile.rules, COMM_LOST: COMM})


def small_site(
    wecom: str = "http://127.0.0.1:9/send?key=secret-key",
    hook: str = "http://127.0.0.1:9/hook",
    secret_file: Path | None = None,
    timeout: float = 15.0,
    id: str = "small",
    *,
    latched: bool = False,
) -> Site:
    """The estate; channels point at the given addresses. `latched`: its fire alarm waits for a reset by hand."""
    panel = replace(PANEL, rules={"fire_alarm": replace(FIRE, latched=True)}) if latched else PANEL
    assets = [
        _asset("incomer-1", _title("incomer 1", "1号进线"), METER, "distribution-1", "power-link"),
        _asset("incomer-2", _title("incomer 2", "2号进线"), METER, "distribution-1", "power-link"),
        _asset("pump-1", _title("pump 1", "1号生活水泵"), PUMP, "pump-room", "water-link"),
        _asset("pump-2", _title("pump 2", "2号生活水泵"), PUMP, "pump-room", "water-link"),
        _asset("panel-1", _title("fire panel 1", "1号火灾报警控制器"), panel, "distribution-1", "power-link"),
    ]
    mains_lost = Rule(
        "mains_lost",
        _title("Mains lost", "市电停电"),
        AllOf((ConditionOf("incomer-1", "no_voltage"), ConditionOf("incomer-2", "no_voltage"))),
        hold=_seconds(2),
        clear_hold=_seconds(10),
        level=1,
        alert="mains_lost",
        order=True,
        asset="incomer-1",
    )
    return Site(
        id=id,
        title=_title("Small estate", "小小区"),
        zone=ZONE,
        language=Language.ZH_CN,
        teams={
            "engineering": Team("engineering", _title("engineering team", "工程班组")),
            "office": Team("office", _title("office", "办公室")),
        },
        quality_lists=shipped_lists(),
        spot_checks={"engineering": SpotRule(share=0, raised=0)},  # a test that wants a third check says so
        positions={
            position.id: position
            for position in (
                Position("manager", _title("manager", "经理"), "office", "manager"),
                Position("supervisor", _title("supervisor", "工程主管"), "engineering", "supervisor"),
                Position("foreman", _title("foreman", "工程班长"), "engineering", "foreman"),
                Position("electrician", _title("technician (power)", "维修员（电工岗）"), "engineering", "technician"),
                Position("administrator", _title("administrator", "管理员"), "office", "administrator"),
            )
        },
        areas={
            "distribution-1": Area("distribution-1", _title("distribution room 1", "1号配电房"), "administrator"),
            "pump-room": Area("pump-room", _title("pump room", "水泵房"), "administrator"),
        },
        links={
            "power-link": Link("power-link", _title("power gateway", "配电网关"), LinkKind.MODBUS_TCP, "127.0.0.1", 9),
            "water-link": Link(
                "water-link", _title("pump room gateway", "水泵房网关"), LinkKind.MODBUS_TCP, "127.0.0.1", 9
            ),
        },
        assets={asset.id: asset for asset in assets},
        rules={"mains_lost": mains_lost},
        ladders={
            1: Ladder(1, (Rung("manager", CHANNELS, _seconds(0)), Rung("supervisor", CHANNELS, _seconds(120)))),
            2: Ladder(2, (Rung("@area_owner", CHANNELS, _seconds(0)), Rung("manager", CHANNELS, _seconds(300)))),
            3: Ladder(3, (Rung("@maintaining", CHANNELS, _seconds(0)),), repeat_every=None),
        },
        channels={
            "wecom": ChannelSpec("wecom", "wecom_robot", wecom, timeout=_seconds(timeout)),
            "hook": ChannelSpec("hook", "webhook", hook, secret_file=secret_file, timeout=_seconds(timeout)),
        },
        plans={
            "weekly-check": Plan(
                "weekly-check",
                _title("Weekly check of the pumps", "水泵周检查"),
                WorkKind.INSPECTION,
                Calendar(Cadence.WEEKLY),
                ("pump-1", "pump-2"),
                (CheckItem(_title("pressure", "压力"), "outlet_pressure"),),
                "operating",
                date(2026, 1, 1),
            ),
            "quarterly-service": Plan(
                "quarterly-service",
                _title("Quarterly service", "季度保养"),
                WorkKind.MAINTENANCE,
                Calendar(Cadence.QUARTERLY),
                ("pump-1",),
                (),
                "maintaining",
                date(2026, 1, 1),
            ),
        },
        public_url="http://facility.test",
    )


def staff() -> list[Person]:
    """Who fills the positions."""
    both = {"wecom": "uid", "hook": "uid"}
    return [
        Person(0, "chen", "陈经理", Language.ZH_CN, ("manager",), both),
        Person(0, "wang", "王主管", Language.ZH_CN, ("supervisor",), both),
        Person(0, "li", "李班长", Language.ZH_CN, ("foreman",), both),
        Person(0, "zhao", "赵师", Language.ZH_CN, ("electrician",), both),
        Person(0, "adams", "Adams", Language.EN, ("administrator",), both),
    ]
