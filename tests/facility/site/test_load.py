"""Loading: the demo estate, changes of rules, built-in rules, own profiles, the digest; and random valid sites."""

import os
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from facility.domain.asset import COMM_LOST, LINK_LOST, LinkKind
from facility.domain.profile import JsonField, Register, System
from facility.domain.rule import AnyOf, Compare, Silence, leaves
from facility.domain.text import Language
from facility.site import load, load_with_texts

ROOT = Path(__file__).resolve().parents[3]
DEMO = ROOT / "examples" / "demo" / "site.yaml"
SMALL = """
site: court
title: {en: Court, zh: 小院}
zone: Asia/Shanghai
language: zh-CN
teams: {engineering: {title: {en: Engineering, zh: 工程班组}}}
positions:
  manager: {title: {en: Manager, zh: 经理}, team: engineering, role: manager}
  plumber: {title: {en: Plumber, zh: 水工}, team: engineering, role: technician}
areas: {room: {title: {en: Room, zh: 水泵房}, owner: manager}}
links: {wire: {title: {en: Wire, zh: 网关}, kind: modbus_tcp, host: 127.0.0.1, port: 15020}}
assets:
  pump-1:
    title: {en: Pump 1, zh: 1号泵}
    profile: booster_pump
    area: room
    operating: plumber
    maintaining: plumber
    link: wire
    unit: 1
    rules: RULES
ladders:
  1: [{position: manager, channels: [robot]}]
  2: [{position: manager, channels: [robot]}]
  3: [{position: manager, channels: [robot]}]
channels: {robot: {kind: wecom_robot, way: phone, url: "http://127.0.0.1:8090/robot"}}
"""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "site.yaml"
    path.write_text(SMALL.replace("RULES", "{}"), encoding="utf-8")
    return path


def with_rules(path: Path, rules: str) -> Path:
    path.write_text(SMALL.replace("RULES", rules), encoding="utf-8")
    return path


def test_demo_estate_has_all_systems() -> None:
    site = load(DEMO)
    assert 60 <= len(site.assets) <= 85
    assert 900 <= sum(len(asset.profile.points) for asset in site.assets.values()) <= 1200
    assert {asset.profile.system for asset in site.assets.values()} == set(System)
    assert sum(asset.profile.id == "gate_controller" for asset in site.assets.values()) == 4
    assert sum(link.kind is LinkKind.MODBUS_TCP for link in site.links.values()) >= 8
    assert (site.language, str(site.zone), set(site.ladders)) == (Language.ZH_CN, "Asia/Shanghai", {1, 2, 3})
    assert {plan.cadence for plan in site.plans.values()} >= {"daily", "weekly", "monthly", "quarterly", "yearly"}
    assert site.rules["mains_lost"].level == 1


def test_secrets_stand_beside_the_site_file_and_are_not_read() -> None:
    assert load(DEMO).channels["hook"].secret_file == DEMO.parent / "hook.secret"


def test_demo_profiles_use_every_table_type_and_byte_order() -> None:
    points = [point for asset in load(DEMO).assets.values() for point in asset.profile.points.values()]
    registers = [point.read for point in points if isinstance(point.read, Register)]
    assert {register.table.value for register in registers} == {"coil", "discrete", "holding", "input"}
    assert len({register.type for register in registers}) == 7
    assert {register.order.value for register in registers if register.type.words == 2} == {
        "ABCD",
        "CDAB",
        "BADC",
        "DCBA",
    }
    assert {point.read.type for point in points if isinstance(point.read, JsonField)} == {
        "number",
        "bool",
        "enum",
        "text",
    }


def test_every_asset_has_the_built_in_rule(small: Path) -> None:
    site = load(small)
    rule = site.assets["pump-1"].rules[COMM_LOST]
    assert (rule.when, rule.level, rule.alert, rule.order) == (Silence(timedelta(seconds=90)), 2, "comm_lost", True)
    assert site.rule("wire", LINK_LOST).when == Silence(timedelta(seconds=60))


def test_silence_is_three_of_the_shortest_periods_when_that_is_longer(small: Path) -> None:
    folder = small.parent / "profiles"
    folder.mkdir()
    text = (ROOT / "facility" / "profiles" / "booster_pump.yaml").read_text(encoding="utf-8")
    for period in ("2s", "5s", "10s", "30s"):
        text = text.replace(f"every: {period}", "every: 60s")
    (folder / "booster_pump.yaml").write_text(text, encoding="utf-8")
    assert load(small).assets["pump-1"].rules[COMM_LOST].when == Silence(timedelta(seconds=180))


def test_rules_of_an_asset_are_changed(small: Path) -> None:
    rules = "{pressure_low: {limit: 0.25, hysteresis: 0.05, hold: 3s, clear_hold: 1m, level: 3}, pump_fault: off, comm_lost: {hold: 5s}}"
    asset = load(with_rules(small, rules)).assets["pump-1"]
    rule = asset.rules["pressure_low"]
    assert (rule.hold, rule.clear_hold, rule.level) == (timedelta(seconds=3), timedelta(minutes=1), 3)
    limits = [(leaf.limit, leaf.hysteresis) for leaf in leaves(rule.when) if isinstance(leaf, Compare)]
    assert limits == [(0.25, 0.05), ("running", 0.0)]
    assert "pump_fault" not in asset.rules
    assert asset.rules[COMM_LOST].hold == timedelta(seconds=5)
    assert asset.profile.rules["pressure_low"].hold == timedelta(seconds=20)


def test_one_limit_reaches_all_phases() -> None:
    overcurrent = load(DEMO).assets["incomer-1"].rules["overcurrent"]
    assert isinstance(overcurrent.when, AnyOf)
    assert {leaf.limit for leaf in leaves(overcurrent.when) if isinstance(leaf, Compare)} == {1600.0}


def test_retired_asset_keeps_its_place_and_frees_its_address(small: Path) -> None:
    text = small.read_text(encoding="utf-8")
    old = text[text.index("  pump-1:") : text.index("ladders:")]
    new = old.replace("pump-1", "pump-2")
    small.write_text(text.replace(old, old.replace("unit: 1", "unit: 1\n    retired: true") + new), encoding="utf-8")
    site = load(small)
    assert [(asset.id, asset.unit, asset.retired) for asset in site.assets.values()] == [
        ("pump-1", 1, True),
        ("pump-2", 1, False),
    ]


def test_environment_is_read_when_loading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACILITY_FIELD_HOST", "10.1.2.3")
    monkeypatch.setenv("FACILITY_BROKER_PORT", "8883")
    monkeypatch.setenv("FACILITY_BROKER_PASSWORD_FILE", "broker.password")
    site = load(DEMO)
    assert site.links["distribution-1"].host == "10.1.2.3"
    assert site.links["gates"].port == 8883
    assert site.links["gates"].password_file == DEMO.parent / "broker.password"


def test_digest_names_the_texts_that_were_used(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = load_with_texts(small)
    assert sorted(before.files) == ["profiles/booster_pump.yaml", "site.yaml"]
    assert len(before.site.digest) == 64
    monkeypatch.setenv("FACILITY_FIELD_HOST", "10.1.2.3")
    assert load(small).digest == before.site.digest
    small.write_text(small.read_text(encoding="utf-8") + "# a remark\n", encoding="utf-8")
    assert load(small).digest != before.site.digest


def test_own_profile_comes_before_the_shipped_one(small: Path) -> None:
    folder = small.parent / "profiles"
    folder.mkdir()
    shutil.copy(ROOT / "facility" / "profiles" / "booster_pump.yaml", folder)
    own = folder / "booster_pump.yaml"
    own.write_text(own.read_text(encoding="utf-8").replace("Booster pump", "Own pump"), encoding="utf-8")
    before = load(small)
    assert before.assets["pump-1"].profile.title.en == "Own pump"


slugs = st.from_regex(r"[a-z][a-z0-9]{0,5}(-[a-z0-9]{1,4}){0,2}", fullmatch=True)
titles = st.fixed_dictionaries(
    {"en": st.sampled_from(["Off", "No", "Pump: one", "#1", "- x"]), "zh": st.sampled_from(["泵", "一号", "否"])}
)


@st.composite
def sites(draw: st.DrawFn) -> dict[str, object]:
    """Valid sites of any shape: names, areas in a tree, links, assets with feeders, plans."""
    names = iter(draw(st.lists(slugs, min_size=16, max_size=16, unique=True)))
    positions = {
        next(names): {"title": draw(titles), "team": "team", "role": draw(st.sampled_from(["technician", "manager"]))}
        for _ in range(draw(st.integers(1, 3)))
    }
    position = st.sampled_from(sorted(positions))
    areas: dict[str, dict[str, object]] = {}
    for _ in range(draw(st.integers(1, 3))):
        parent = {"parent": draw(st.sampled_from(sorted(areas)))} if areas and draw(st.booleans()) else {}
        areas[next(names)] = {"title": draw(titles), "owner": draw(position)} | parent
    links = {
        next(names): {"title": draw(titles), "kind": "modbus_tcp", "host": "127.0.0.1", "port": 15020 + i}
        for i in range(draw(st.integers(1, 3)))
    }
    assets: dict[str, dict[str, object]] = {}
    for unit in range(1, draw(st.integers(1, 5)) + 1):
        feeders = draw(st.lists(st.sampled_from(sorted(assets)), unique=True)) if assets else []
        assets[next(names)] = {
            "title": draw(titles),
            "profile": draw(st.sampled_from(["three_phase_meter", "booster_pump", "tank", "gas_intake", "fire_panel"])),
            "area": draw(st.sampled_from(sorted(areas))),
            "operating": draw(position),
            "maintaining": draw(position),
            "link": draw(st.sampled_from(sorted(links))),
            "unit": unit,
            "fed_by": feeders,
            "rules": {"comm_lost": draw(st.sampled_from(["off", {"hold": "5s"}]))},
        }
    rung = {"position": draw(position), "channels": ["robot"], "after": draw(st.sampled_from(["0s", "30s", "1.5s"]))}
    return {
        "site": "court",
        "title": draw(titles),
        "zone": draw(st.sampled_from(["Asia/Shanghai", "UTC"])),
        "language": draw(st.sampled_from(["zh-CN", "en"])),
        "teams": {"team": {"title": draw(titles)}},
        "positions": positions,
        "areas": areas,
        "links": links,
        "assets": assets,
        "ladders": {level: [rung] for level in (1, 2, 3)},
        "channels": {"robot": {"kind": "wecom_robot", "way": "phone", "url": "http://127.0.0.1:1/x"}},
    }


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(wanted=sites(), flow=st.sampled_from([None, False, True]))
def test_random_valid_sites_load(
    tmp_path_factory: pytest.TempPathFactory, wanted: dict[str, object], flow: bool | None
) -> None:
    path = tmp_path_factory.getbasetemp() / f"random-{os.getpid()}.yaml"
    path.write_text(
        yaml.safe_dump(wanted, allow_unicode=True, default_flow_style=flow, sort_keys=False), encoding="utf-8"
    )
    site = load(path)
    given_assets = wanted["assets"]
    assert isinstance(given_assets, dict)
    assert list(site.assets) == list(given_assets)
    for name, asset in given_assets.items():
        assert site.assets[name].title.en == asset["title"]["en"]
        assert site.assets[name].fed_by == tuple(asset["fed_by"])
        assert (COMM_LOST in site.assets[name].rules) == (asset["rules"]["comm_lost"] != "off")
