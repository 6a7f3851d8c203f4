"""Home Assistant: a real mosquitto, and a subscriber of our own that reads everything back as Home Assistant would."""

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api.home_assistant.discovery import configs, topics_of
from api.home_assistant.publication import Publication
from api.home_assistant.states import States
from facility.bus import publisher, retained
from facility.clock import SystemClock, clock_from_environment
from facility.domain.asset import Asset, Link, LinkKind, Site
from facility.domain.mqtt import HomeAssistant
from facility.domain.reading import BadReason, Quality, Value
from facility.domain.state import AssetState, PointState
from facility.domain.text import Language, Title
from facility.site import load
from facility.store.live import SqlLive
from tests.harness.clock import SharedClock
from tests.harness.ports import free_port
from tests.harness.servers import Server

DEMO = Path(__file__).resolve().parents[2] / "examples" / "demo" / "site.yaml"


def values_of(asset: Asset) -> dict[str, Value]:
    """A value for each point."""
    return {
        name: next(iter(point.labels)) if point.labels else "A1" if point.kind == "text" else 1.0
        for name, point in asset.profile.points.items()
    }


class House:
    """Three assets of the demo, a live store, a publication and what the broker keeps."""

    def __init__(self, folder: Path, broker: Server, clock: SystemClock) -> None:
        whole = load(DEMO)
        chosen = dict(list(whole.assets.items())[:1])
        for system in {asset.profile.id: asset for asset in whole.assets.values()}.values():
            chosen[system.id] = system
        link = Link("told", Title("x", "x"), LinkKind.MQTT, broker.host, broker.port)
        self.settings = HomeAssistant("told", "ha", timedelta(seconds=5))
        self.site: Site = replace(
            whole,
            id=f"ha-{folder.name[-1]}",
            assets=chosen,
            links={**whole.links, "told": link},
            home_assistant=self.settings,
        )
        self.clock, self.link = clock, link
        self.live = SqlLive(f"sqlite:///{folder / 'live.db'}", self.site.id)
        self.live.prepare()
        self.asset = next(asset for asset in chosen.values() if asset.profile.id == "gate_controller")
        self.topics = topics_of(self.site, self.settings)

    def put(self, quality: Quality = Quality.GOOD, *, online: bool = True, **changes: Value) -> None:
        """The gate's row in the live store, read now."""
        now = self.clock.now()
        reason = BadReason.COMM_LOST if quality is Quality.BAD else BadReason.NONE
        values = values_of(self.asset) | changes
        points = {name: PointState(value, quality, reason, now) for name, value in values.items()}
        self.live.put([AssetState(self.asset.id, now, online, points)])

    @asynccontextmanager
    async def publishing(self, site: Site | None = None) -> AsyncIterator[Publication]:
        publication = Publication(site or self.site, self.settings, self.clock, self.live)
        task = asyncio.create_task(publication.run())
        try:
            yield publication
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def kept(self) -> dict[str, bytes]:
        """Everything below the two prefixes."""
        return await retained(self.link, "oracle", [f"{self.settings.prefix}/#", "facility/#"], "oracle/marker")

    async def state(self, point: str) -> dict[str, Any]:
        topic = self.topics.state(self.asset, self.asset.profile.points[point])
        data: dict[str, Any] = json.loads((await self.kept()).get(topic, b"{}"))
        return data

    def is_available(self, kept: dict[str, bytes], config: dict[str, Any]) -> bool:
        """As Home Assistant judges: all of the entity's availability topics."""
        words = []
        for source in config["availability"]:
            data = kept.get(source["topic"], b"")
            good = (
                data == b"online"
                if "value_template" not in source
                else json.loads(data or b"{}").get("quality") == "good"
            )
            words.append(good)
        return all(words) and config["availability_mode"] == "all"

    async def available(self) -> dict[str, bool]:
        """Each entity of the gate, by the name of its point."""
        kept = await self.kept()
        found = {}
        for point in self.asset.profile.points.values():
            config = json.loads(
                kept.get(self.topics.config(self.asset, point), b'{"availability": [], "availability_mode": ""}')
            )
            found[point.name] = self.is_available(kept, config)
        return found


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SharedClock:
    shared = SharedClock(tmp_path)
    for name, value in shared.environment.items():
        monkeypatch.setenv(name, value)
    return shared


@pytest.fixture
def house(tmp_path: Path, broker: Server, shared: SharedClock) -> House:
    return House(tmp_path, broker, clock_from_environment())


async def eventually(probe: Callable[[], Any], what: str, within: float = 30.0) -> None:
    """Let the loop run until the awaited probe is true."""
    async with asyncio.timeout(within):
        while not await probe():  # noqa: ASYNC110 - a broker sets no event
            await asyncio.sleep(0.1)
    assert await probe(), what


async def test_readings_are_discovered_with_their_states_and_removed_with_their_asset(house: House) -> None:
    house.put(controller_temperature=21.5, barrier="open")
    async with publisher(house.link, "stranger") as publish:
        await publish("ha/sensor/other/thing/config", b"{}", retain=True)

    async def complete() -> bool:
        return all((await house.available()).values()) and len(await house.kept()) > 100

    async with house.publishing() as publication:
        await eventually(complete, "all of the gate is available")
        kept = await house.kept()
        assert {topic: kept[topic] for topic in configs(house.site, house.topics)} == configs(house.site, house.topics)
        barrier = await house.state("barrier")
        assert (barrier["value"], barrier["quality"]) == ("开到位", "good")
        assert (await house.state("controller_temperature"))["value"] == 21.5
        assert publication.sent >= len(configs(house.site, house.topics))
    kept = await house.kept()
    assert kept[house.topics.bridge] == b"offline"

    retired = {**house.site.assets, house.asset.id: replace(house.asset, retired=True)}
    async with house.publishing(replace(house.site, assets=retired)) as publication:

        async def gone() -> bool:
            return not any(house.asset.id in topic for topic in await house.kept())

        await eventually(gone, "nothing of the gate is kept")
        assert publication.removed >= 2 * len(house.asset.profile.points)
        states = sum(1 + len(asset.profile.points) for asset in retired.values() if not asset.retired)
        assert publication.sent <= publication.removed + states  # what had not changed was not told again: no discovery
    kept = await house.kept()
    assert "ha/sensor/other/thing/config" in kept
    assert any(topic.startswith("ha/") and "facility-" in topic for topic in kept)


async def test_unknown_is_unavailable_and_never_the_last_value(house: House, shared: SharedClock) -> None:
    house.put()

    async def all_there() -> bool:
        return all((await house.available()).values())

    async def none_there() -> bool:
        return not any((await house.available()).values())

    async with house.publishing():
        await eventually(all_there, "available")
        house.put(Quality.BAD, online=False)
        await eventually(none_there, "unavailable after a bad reading")
        assert await house.state("barrier") | {"at": ""} == {"value": None, "quality": "bad", "at": ""}
        house.put()
        await eventually(all_there, "available again")
        shared.advance(3600)  # the collectors died: nobody writes any more
        await eventually(none_there, "unavailable when its row grows old")
        assert (await house.state("barrier"))["value"] is None


async def test_what_the_publication_leaves_by_its_death_is_unavailable(house: House, broker: Server) -> None:
    """The will: here the broker sees the connection break without a goodbye."""
    if broker.given:
        pytest.skip("install mosquitto: this broker is not ours to kill")
    house.put()

    async def there() -> bool:
        return (await house.kept()).get(house.topics.bridge) == b"online"

    async with house.publishing() as publication:
        await eventually(there, "available")
        async with publisher(house.link, publication._client):  # the same id: the broker drops the first
            pass

        async def dropped() -> bool:
            return (await house.kept()).get(house.topics.bridge) == b"offline"

        await eventually(dropped, "the broker told the will")


def test_each_config_is_complete(house: House) -> None:
    for topic, data in configs(house.site, house.topics).items():
        config = json.loads(data)
        assert re.fullmatch(r"ha/(sensor|binary_sensor)/facility-[a-z0-9-]+/[a-z0-9_-]+/config", topic)
        assert {"name", "unique_id", "state_topic", "value_template", "availability", "device"} <= set(config)
        assert config["device"]["identifiers"]
        assert ("state_class" in config) <= ("device_class" not in config or config["device_class"] != "enum")
        assert (config.get("device_class") == "enum") is ("options" in config)
    ids = [json.loads(data)["unique_id"] for data in configs(house.site, house.topics).values()]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(("language", "name"), [(Language.ZH_CN, "道闸"), (Language.EN, "Barrier")])
def test_names_are_in_the_language_of_the_site(house: House, language: Language, name: str) -> None:
    found = configs(replace(house.site, language=language), house.topics)
    config = json.loads(found[house.topics.config(house.asset, house.asset.profile.points["barrier"])])
    assert config["name"] == name
    assert config["options"] == [t.in_language(language) for t in house.asset.profile.points["barrier"].labels.values()]


def test_only_changes_are_told_and_not_too_often(house: House) -> None:
    states = States(house.site, house.topics, timedelta(seconds=5))
    topic = house.topics.state(house.asset, house.asset.profile.points["controller_temperature"])

    def told(at: float) -> list[bytes]:
        states.take(house.live.get([house.asset.id]).values())
        lost, there = states.due(house.clock.now(), at)
        return [payload for where, payload in (lost | there).items() if where == topic]

    house.put(controller_temperature=20.0)
    assert len(told(0.0)) == 1
    house.put(controller_temperature=20.0)
    assert told(10.0) == []
    house.put(controller_temperature=20.1)  # within the deadband of 0.2
    assert told(20.0) == []
    house.put(controller_temperature=21.0)
    assert len(told(30.0)) == 1
    house.put(controller_temperature=22.0)
    assert told(31.0) == []
    assert [json.loads(payload)["value"] for payload in told(35.0)] == [22.0]
    house.put(controller_temperature=30.0)
    assert told(36.0) == []
    house.put(Quality.BAD, controller_temperature=30.0)
    assert [json.loads(payload)["value"] for payload in told(36.5)] == [None]  # that it is lost waits for nothing


SITE = """
site: told
title: {{en: Told, zh: 发布}}
zone: Asia/Shanghai
language: en
teams: {{crew: {{title: {{en: Crew, zh: 班组}}}}}}
positions: {{keeper: {{title: {{en: Keeper, zh: 管理员}}, team: crew, role: administrator}}}}
areas: {{room: {{title: {{en: Room, zh: 机房}}, owner: keeper}}}}
links:
  wire: {{title: {{en: Wire, zh: 链路}}, kind: modbus_tcp, host: 127.0.0.1, port: 9}}
  home: {{title: {{en: Home, zh: 智能家居}}, kind: mqtt, host: {host}, port: {port}}}
assets:
  tank: {{title: {{en: Tank, zh: 水箱}}, profile: tank, area: room, operating: keeper, maintaining: keeper, link: wire, unit: 1}}
ladders:
  1: [{{position: keeper, channels: [hook]}}]
  2: [{{position: keeper, channels: [hook]}}]
  3: [{{position: keeper, channels: [hook]}}]
channels: {{hook: {{kind: webhook, url: "http://127.0.0.1:9/hook", secret_file: hook.secret, timeout: 15s}}}}
publish: {{home_assistant: {{link: home, prefix: told-ha}}}}
"""


def start_api(environment: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    """The real program."""
    with log.open("wb") as file:
        return subprocess.Popen([sys.executable, "-m", "api"], env=environment, stdout=file, stderr=file)


async def test_the_program_tells_and_says_goodbye(broker: Server, tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(SITE.format(host=broker.host, port=broker.port), "utf-8")
    site = load(tmp_path / "site.yaml")
    assert site.home_assistant == HomeAssistant("home", "told-ha", timedelta(seconds=5))
    environment = {
        **os.environ,
        "FACILITY_SITE": str(tmp_path / "site.yaml"),
        "FACILITY_DATA": str(tmp_path / "data"),
        "FACILITY_API_PORT": str(free_port()),
    }

    async def kept() -> dict[str, bytes]:
        return await retained(site.links["home"], "oracle", ["told-ha/#", "facility/told/#"], "oracle/marker")

    async def says(word: bytes) -> bool:
        return (await kept()).get("facility/told/status") == word

    process = start_api(environment, tmp_path / "log")
    try:
        await eventually(lambda: says(b"online"), "it is there", within=60)
        found = await kept()
        assert found["facility/told/tank/availability"] == b"offline"
        assert json.loads(found["facility/told/tank/point/water_level"]) == {
            "value": None,
            "quality": "unknown",
            "at": None,
        }
        assert sum(topic.startswith("told-ha/") for topic in found) == len(site.assets["tank"].profile.points)
    finally:
        process.terminate()
        code = process.wait(10)
    assert code == 0
    assert await says(b"offline")
