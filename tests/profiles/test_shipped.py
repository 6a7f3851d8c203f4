"""What holds for every shipped profile: loads without a fault, both languages, units and ranges, one id each, legal requests."""

import re
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from facility.domain.asset import Asset
from facility.domain.profile import JsonField, Point, Profile, RawType
from facility.domain.reads import plan, register_of
from facility.domain.text import Title
from facility.domain.unit import Unit
from facility.site import load
from facility.site.expressions import is_number
from facility.site.loading import load_profiles
from facility.site.profiles import SHIPPED
from facility.site.timing import worst_times

PROFILES = load_profiles(SHIPPED)  # refused when one has a fault
CHINESE = re.compile("[\u4e00-\u9fff]")
WITHOUT_UNIT = re.compile(
    r"power_factor.*|.*_ratio|.*_code|.*_factor|decimals|diagnostics|limits_violated|status_.*|.*_(status|state|word|mask)"
    r"|trip_cause_.*|.*_raw|wrong_datum|cpu_error|digital_inputs|digital_outputs|.*signal.*|device_.*|.*_kind|control_mode"
)
FORBIDDEN = re.compile("警报|资产|阈值|阀值|点位|登陆|帐号|仪表盘|消防栓|！|您")  # by the glossary
every_profile = pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: profile.id)


def titles(profile: Profile) -> list[Title]:
    points = list(profile.points.values())
    named = [profile.title, *(rule.title for rule in profile.rules.values())]
    said = [profile.device.unconfirmed] if profile.device and profile.device.unconfirmed else []
    return [*named, *said, *(point.title for point in points), *(title for p in points for title in p.labels.values())]


@every_profile
def test_it_is_generic_or_says_whose_device_it_is(profile: Profile) -> None:
    assert (profile.source == "generic") != (profile.device is not None)


@every_profile
def test_titles_are_in_both_languages(profile: Profile) -> None:
    assert [t.en for t in titles(profile) if not t.en or CHINESE.search(t.en)] == []
    assert [t.zh for t in titles(profile) if not CHINESE.search(t.zh) and t.zh != t.en] == []  # kPa is kPa
    assert [t.zh for t in titles(profile) if FORBIDDEN.search(t.zh)] == []


@every_profile
def test_points_of_a_profile_are_told_apart_by_their_titles(profile: Profile) -> None:
    for names in ([p.title.en for p in profile.points.values()], [p.title.zh for p in profile.points.values()]):
        assert sorted(names) == sorted(set(names))


@every_profile
def test_numbers_have_a_range_and_a_unit(profile: Profile) -> None:
    numbers = [point for point in profile.points.values() if is_number(point)]
    assert [p.name for p in numbers if (p.low is None or p.high is None) and not _any_number_is_right(p)] == []
    assert [point.name for point in numbers if not point.unit and not WITHOUT_UNIT.fullmatch(point.name)] == []


def _any_number_is_right(point: Point) -> bool:
    """Codes and counts: what the raw type holds is their range."""
    counted = point.unit is Unit.COUNT or point.name.endswith("_code")
    return counted and (isinstance(point.read, JsonField) or point.read.type in (RawType.UINT16, RawType.UINT32))


def test_one_name_is_one_kind_of_value_in_a_measurement() -> None:
    """History takes one type for a field: what is a number here must not be a text there, nor have another unit."""
    kinds: dict[tuple[str, str], set[tuple[bool, str]]] = {}
    for profile in PROFILES.values():
        for point in profile.points.values():
            kinds.setdefault((profile.asset_class, point.name), set()).add((_is_text(point), point.unit.value))
    assert {place: found for place, found in kinds.items() if len(found) > 1} == {}


def _is_text(point: Point) -> bool:
    return bool(point.labels) or str(point.read.type) in ("text", "string")


def test_ids_are_the_files_names_and_titles_are_unique() -> None:
    assert sorted(PROFILES) == sorted(path.stem for path in SHIPPED.glob("*.yaml"))
    for language in ("en", "zh"):
        names = [getattr(profile.title, language) for profile in PROFILES.values()]
        assert sorted(names) == sorted(set(names))


@every_profile
def test_something_stands_first_on_overviews(profile: Profile) -> None:
    assert 1 <= sum(point.main for point in profile.points.values()) <= 12


@pytest.mark.parametrize("name", [name for name, profile in PROFILES.items() if profile.protocol == "modbus"])
def test_requests_stay_within_the_limits_of_the_device(name: str) -> None:
    profile = PROFILES[name]
    limits = profile.modbus
    asset = Asset("device", Title("Device", "设备"), profile, "room", "operator", "maintainer", "wire", unit=1)
    blocks = plan(asset)
    assert sorted(point.name for block in blocks for point in block.points) == sorted(profile.points)
    for block in blocks:
        request = block.request
        assert 0 < request.count <= (limits.max_bits if request.table.of_bits else limits.max_registers)
        if limits.page:
            assert request.address // limits.page == (request.address + request.count - 1) // limits.page
        if limits.single:
            assert len({register_of(point).address for point in block.points}) == 1
        taken = {register_of(p).address + i for p in block.points for i in range(max(1, register_of(p).words))}
        gap = limits.max_gap * (16 if request.table.of_bits else 1)
        assert all(b - a - 1 <= gap for a, b in pairwise(sorted(taken)))


@pytest.mark.parametrize("name", [name for name, profile in PROFILES.items() if profile.protocol == "mqtt"])
def test_every_topic_is_read(name: str) -> None:
    profile = PROFILES[name]
    read = {point.read.topic for point in profile.points.values() if isinstance(point.read, JsonField)}
    assert read == set(profile.topics)


ESTATE = """
site: court
title: {en: Court, zh: 小院}
zone: Asia/Shanghai
language: zh-CN
teams: {engineering: {title: {en: Engineering, zh: 工程班组}}}
positions: {manager: {title: {en: Manager, zh: 经理}, team: engineering, role: manager}}
areas: {room: {title: {en: Room, zh: 机房}, owner: manager}}
links:
  wire: {title: {en: Wire, zh: 网关}, kind: modbus_tcp, host: 127.0.0.1, port: 15020}
  broker: {title: {en: Broker, zh: 消息服务器}, kind: mqtt, host: 127.0.0.1, port: 11883}
ladders:
  1: [{position: manager, channels: [robot]}]
  2: [{position: manager, channels: [robot]}]
  3: [{position: manager, channels: [robot]}]
channels: {robot: {kind: wecom_robot, way: phone, url: "http://127.0.0.1:8090/robot"}}
assets:
"""


def device(unit: int, profile: Profile) -> str:
    """An asset of the profile; one that is rarely heard needs more patience than a device on a wire."""
    where = f"link: wire, unit: {unit}" if profile.protocol == "modbus" else f"link: broker, prefix: court/{unit}"
    slow = min(point.every for point in profile.points.values()) > timedelta(minutes=3)
    rules = ", rules: {comm_lost: {level: 3}}" if slow else ""
    title = f"title: {{en: Device {unit}, zh: {unit}号设备}}"
    staff = "area: room, operating: manager, maintaining: manager"
    return f"device-{unit}: {{{title}, profile: {profile.id}, {staff}, {where}{rules}}}"


def test_a_site_with_one_device_of_each_profile_is_accepted_and_keeps_its_deadlines(tmp_path: Path) -> None:
    lines = [f"  {device(unit, profile)}" for unit, profile in enumerate(PROFILES.values(), start=1)]
    (tmp_path / "site.yaml").write_text(ESTATE + "\n".join(lines) + "\n", encoding="utf-8")
    site = load(tmp_path / "site.yaml")
    assert {asset.profile.id for asset in site.assets.values()} == set(PROFILES)
    assert [time.rule for time in worst_times(site) if not time.kept] == []
