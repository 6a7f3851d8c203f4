"""What people read: each layout in both languages, the first line fits a lock screen, links work, every alert kind has words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from facility.domain.alert import Alert, AlertState
from facility.domain.alert_figures import Flood
from facility.domain.link import PersonalLink, unseal
from facility.domain.notice import Notice
from facility.domain.order import Order, OrderState, WorkKind
from facility.domain.person import Person
from facility.domain.reading import Value
from facility.domain.text import Language, Message
from facility.flow import compose
from facility.locale import catalogue
from scheduler.texts import LOCK_SCREEN, Writer
from tests.harness.small_site import small_site

ONSET = datetime(2026, 11, 23, 6, 5, 12, tzinfo=UTC)
NOW = ONSET + timedelta(seconds=40)
SECRET = b"k" * 32
WRITER = Writer(small_site(), "http://facility.test", SECRET)
ROOT = Path(__file__).resolve().parents[2]


def person(language: Language) -> Person:
    return Person(4, "chen", "陈经理", language, ("manager",), {"wecom": "ChenJing"})


def notice(message: Message, order: int | None = None) -> Notice:
    alert = 17 if order is None else None
    return Notice(1, "k", 4, "wecom", message, 1, NOW, NOW, alert=alert, order=order)


def alert(
    asset: str,
    rule: str,
    kind: str,
    level: int,
    point: str = "",
    value: Value | None = None,
    limit: Value | None = None,
) -> Alert:
    state = AlertState.ACTIVE_UNACKNOWLEDGED
    return Alert(17, asset, rule, kind, level, state, ONSET, NOW, point=point, value=value, limit=limit)


def text(message: Message, language: Language, order: int | None = None) -> str:
    return WRITER.outgoing(notice(message, order), person(language), NOW).text


MAINS = alert("incomer-1", "mains_lost", "mains_lost", 1, "voltage_l1", 0.0, 50.0)


def test_mains_lost() -> None:
    message = compose.alert_message(MAINS, datetime(2026, 11, 23, 6, 8, tzinfo=UTC))
    assert text(message, Language.ZH_CN) == (
        "【一级信息】市电停电：1号进线\n"
        "地点：1号配电房1号进线\n"
        "发生：2026年11月23日 14:05:12，已持续40秒\n"
        "数值：A相电压 0 V，下限 50 V\n"
        "影响：进线均无电压，发电机可能正在供电\n"
        "处理：执行《停电处理方案》，查发电机和双电源切换开关，点链接确认；14:08前未确认将升级"
    )
    assert text(message, Language.EN).splitlines()[:4] == [
        "[Level 1] Mains lost: incomer 1",
        "Where: distribution room 1, incomer 1",
        "Since: 23 Nov 2026, 14:05:12 (40 s)",
        "Value: voltage L1 0 V, low limit 50 V",
    ]


def test_a_label_is_shown_in_the_readers_language_and_a_bit_not_at_all() -> None:
    tripped = alert("incomer-1", "breaker_tripped", "breaker_tripped", 3, "breaker_state", "tripped", "tripped")
    assert "数值：断路器状态 跳闸\n" in text(compose.alert_message(tripped, None), Language.ZH_CN)
    fire = alert("panel-1", "fire_alarm", "fire_alarm", 1, "fire_alarm", 1.0, 1.0)
    assert "Value:" not in text(compose.alert_message(fire, None), Language.EN)


def test_a_lost_link_says_where_and_that_it_is_no_outage() -> None:
    lost = compose.alert_message(alert("water-link", "link_lost", "comm_lost", 2), None)
    assert text(lost, Language.ZH_CN).splitlines()[:2] == ["【二级信息】通讯中断：水泵房网关", "地点：水泵房网关"]
    assert "no outage" in text(lost, Language.EN)


@pytest.mark.parametrize("layout", [found for found in compose.LAYOUTS if found.startswith("notices.order_")])
@pytest.mark.parametrize("language", Language)
def test_orders(layout: str, language: Language) -> None:
    due = NOW + timedelta(hours=3, minutes=55)
    order = Order(1187, WorkKind.INSPECTION, "pump-2", "weekly-check", OrderState.ISSUED, "electrician", 4, NOW, due)
    shown = text(compose.order_message(layout, order, None), language, order=1187)
    assert "1187" in shown
    assert ("剩余3小时55分钟" if language is Language.ZH_CN else "(3 h 55 min left)") in shown
    overdue = replace(order, due_at=NOW - timedelta(hours=1))
    shown = text(compose.order_message(layout, overdue, None), language, order=1187)
    assert ("已逾期1小时" if language is Language.ZH_CN else "overdue by 1 h") in shown


def test_the_morning_names_what_is_overdue_first_and_counts_the_rest() -> None:
    order = {
        "order": 7,
        "kind": "inspection",
        "title_id": "weekly-check",
        "subject": None,
        "asset": "pump-2",
        "place": "",
    }
    due = [{**order, "due_at": (NOW + timedelta(hours=hours)).isoformat()} for hours in (-1, 3)]
    params = {"day": "2026-11-23", "today": 1, "overdue": 1, "checks": 2, "spot_checks": 0, "orders": due}
    english, chinese = (
        text(Message(compose.MY_DAY, params), language).splitlines() for language in (Language.EN, Language.ZH_CN)
    )
    assert english[0] == "[Your day] 4 orders wait for you"
    assert english[2].endswith(", overdue")
    assert english[3].startswith("7 · ")
    assert not english[3].endswith(", overdue")
    assert chinese[:2] == ["【今日工作】待办 4 项", "今日到期1张，逾期1张，待我检查2张，待我抽查0张"]


@pytest.mark.parametrize("language", Language)
def test_coming_vacancies_and_an_empty_position(language: Language) -> None:
    gaps = [
        {
            "position": "manager",
            "begin": NOW.isoformat(),
            "until": (NOW + timedelta(hours=1)).isoformat(),
            "levels": [1, 2],
        },
        {"position": "supervisor", "begin": NOW.isoformat(), "until": "", "levels": [1]},
    ]
    ahead = replace(notice(Message(compose.DUTY_GAPS, {"number": 9, "gaps": gaps})), alert=None)
    outgoing = WRITER.outgoing(ahead, person(language), NOW)
    assert outgoing.link == "http://facility.test/people"
    assert "9" in outgoing.title
    assert len(outgoing.text.splitlines()) == 4
    assert ("经理" if language is Language.ZH_CN else "manager") in outgoing.text
    empty = text(compose.alert_message(alert("manager", "position_empty", "position_empty", 2), None), language)
    assert ("岗位无人值班：经理" if language is Language.ZH_CN else "Nobody on duty: manager") in empty


def test_all_clear() -> None:
    message = compose.all_clear_message(MAINS, ONSET + timedelta(minutes=12))
    assert text(message, Language.ZH_CN) == (
        "【已恢复】市电停电：1号进线\n地点：1号配电房1号进线\n恢复：2026年11月23日 14:17:12，历时12分钟\n"
        "处理：检查遗留问题，尚无人确认的点链接确认"
    )
    assert text(message, Language.EN).splitlines()[0] == "[All clear] Mains lost: incomer 1"


def test_what_a_person_reported_says_where_and_what() -> None:
    raised = replace(
        alert("", "hand:12345678", "safety_incident", 1), area="pump-room", note="有人滑倒", announced=3, round=1
    )
    shown = text(compose.alert_message(raised, None), Language.ZH_CN)
    assert shown.splitlines()[:2] == ["【一级信息】安全事件：水泵房", "地点：水泵房"]
    assert "再次发生：2026年11月23日 14:05:52\n上报内容：有人滑倒\n停供已预告，通知时限不变\n" in shown


@pytest.mark.parametrize(
    ("language", "flood", "rule"),
    [
        (Language.EN, "[Alert flood] 31 alerts in 10 minutes", "Tune the rule: Pressure low"),
        (Language.ZH_CN, "【告警泛滥】10分钟内31条告警", "调整规则：水压低"),
    ],
)
def test_a_flood_and_a_rule_to_tune(language: Language, flood: str, rule: str) -> None:
    shown = text(compose.flood_message(Flood(1, NOW, None, 31)), language)
    assert shown.splitlines()[0] == flood
    order = Order(7, WorkKind.TUNING, "pump-1", "pressure_low", OrderState.ISSUED, "supervisor", 4, NOW, NOW)
    assert rule in text(compose.order_message(compose.ORDER_ISSUED, order, None), language, order=7)


def test_links_are_personal() -> None:
    outgoing = WRITER.outgoing(notice(compose.alert_message(MAINS, None)), person(Language.EN), NOW)
    base, _, token = outgoing.link.rpartition("/")
    assert base == "http://facility.test/a"
    assert unseal(token, SECRET, NOW) == PersonalLink("alert", 17, 4, NOW + timedelta(days=7))
    assert (outgoing.to, outgoing.title) == ("ChenJing", outgoing.text.splitlines()[0])


@pytest.mark.parametrize("level", [1, 2, 3])
def test_the_first_line_fits_a_lock_screen(level: int) -> None:
    kinds = {name.split(".")[1] for name in catalogue(Language.ZH_CN) if name.startswith("alerts.")}
    for kind in kinds:
        for asset in WRITER.site.assets:
            first = text(compose.alert_message(alert(asset, "x", kind, level), None), Language.ZH_CN).splitlines()[0]
            assert len(first) <= LOCK_SCREEN, first


def test_every_alert_kind_of_profiles_and_demo_has_words() -> None:
    files = [*(ROOT / "facility" / "profiles").glob("*.yaml"), ROOT / "examples" / "demo" / "site.yaml"]
    kinds = {"comm_lost"}
    for file in files:
        rules = yaml.safe_load(file.read_text(encoding="utf-8")).get("rules") or {}
        kinds |= {rule["alert"] for rule in rules.values() if isinstance(rule, dict) and rule.get("alert")}
    assert len(kinds) > 8
    wanted = {f"alerts.{kind}.{part}" for kind in kinds for part in ("title", "what", "do")}
    for language in Language:
        assert wanted <= set(catalogue(language))


def test_an_unknown_kind_is_still_told() -> None:
    assert text(compose.alert_message(alert("gone", "gone", "gone", 1), None), Language.ZH_CN).startswith(
        "【一级信息】设备告警：gone"
    )
