"""The live stream and the program: changes arrive, slow readers are bounded, SIGTERM ends open streams."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import nullcontext
from typing import Any

import httpx
import pytest

from api import feed
from api.app import make_app, make_deps
from api.feed import Feed
from facility.domain.account import Scope
from facility.domain.text import Language
from tests.api.browser.served import Served, served
from tests.api.scene import Scene
from tests.harness.wait import until


def parsed(event: str) -> tuple[str, Any]:
    """Kind and data of an event."""
    lines = dict(line.split(": ", 1) for line in event.strip().splitlines())
    return lines.get("event", ""), json.loads(lines.get("data", "null"))


async def following(events: AsyncIterator[str], kind: str) -> Any:
    """The data of the next event of a kind."""
    async with asyncio.timeout(15):
        async for event in events:
            found, data = parsed(event)
            if found == kind:
                return data
    raise AssertionError(kind)


async def test_everything_first_then_what_changes(scene: Scene) -> None:
    scene.readings()
    live = Feed(scene.site, scene.clock, scene.live, scene.work)
    task = asyncio.create_task(live.run())
    events = live.read(Language.ZH_CN)
    first = await following(events, "values")
    assert len(first["assets"]) == len(scene.site.assets)
    assert first["points"]["incomer-1/breaker_state"][:3] == ["合闸", "good", ""]
    scene.put("incomer-1", breaker_state="tripped")
    changed = await following(events, "values")
    assert list(changed["assets"]) == ["incomer-1"]
    assert changed["points"]["incomer-1/breaker_state"][0] == "跳闸"
    live.close()
    left = [parsed(event)[0] async for event in events]
    await task
    assert (live.readers, len(left) <= 2) == (0, True)


async def test_an_assets_page_gets_all_its_points_and_nothing_else(scene: Scene) -> None:
    scene.readings()
    live = Feed(scene.site, scene.clock, scene.live, scene.work)
    task = asyncio.create_task(live.run())
    first = await following(live.read(Language.EN, "tank-1"), "values")
    assert list(first["assets"]) == ["tank-1"]
    assert len(first["points"]) == len(scene.site.assets["tank-1"].profile.points)
    live.close()
    await task


async def test_alerts_and_orders_change_the_fingerprint(scene: Scene) -> None:
    scene.people()
    live = Feed(scene.site, scene.clock, scene.live, scene.work)
    task = asyncio.create_task(live.run())
    events = live.read(Language.EN)
    before = await following(events, "work")
    scene.incident()
    after = await following(events, "work")
    assert before["fingerprint"] != after["fingerprint"]
    live.close()
    await task


async def test_a_reader_that_does_not_read_is_bounded_and_gets_all_afresh(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "BEAT", 0.0)  # each look says something
    scene.readings()
    live = Feed(scene.site, scene.clock, scene.live, scene.work)
    events = live.read(Language.EN)
    assert (await anext(events)).startswith("retry")  # it is there, and reads no more
    reader = next(iter(live._readers))
    lengths = []
    for _ in range(2 * feed.BACKLOG):
        await live._look()
        lengths.append(reader.queue.qsize())
    assert max(lengths) == feed.BACKLOG
    assert lengths != sorted(lengths)  # it was emptied once
    unread = [parsed(reader.queue.get_nowait() or "") for _ in range(reader.queue.qsize())]
    assert any(kind == "values" and len(data["assets"]) == len(scene.site.assets) for kind, data in unread)
    assert live.fell_behind >= 1


async def test_one_page_too_many_is_turned_away_and_counted(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "MOST_READERS", 2)
    deps = make_deps(scene.site, scene.clock, scene.history, scene.live, scene.work, b"key", scene.passwords)
    transport = httpx.ASGITransport(make_app(deps, lambda _deps: nullcontext()))
    async with httpx.AsyncClient(
        transport=transport, base_url="http://127.0.0.1", headers=scene.key(Scope.READ)
    ) as client:
        pages = [deps.feed.read(Language.EN) for _ in range(2)]
        for page in pages:
            await anext(page)
        answer = await client.get("/stream")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
        assert deps.feed.refused == 1
        for page in pages:
            await page.aclose()


@pytest.fixture
def running(scene: Scene) -> Iterator[Served]:
    """A real api."""
    scene.readings()
    with served(scene, alive=False) as running:
        yield running


def test_sigterm_ends_open_streams_with_exit_code_0(running: Served) -> None:
    seen: list[str] = []

    def listen() -> None:
        with httpx.stream(
            "GET", f"{running.address}/stream", timeout=20, headers=running.scene.key(Scope.READ)
        ) as answer:
            seen.extend(answer.iter_lines())

    listener = threading.Thread(target=listen)
    listener.start()
    until(lambda: "facility_api_stream_readers 1" in httpx.get(f"{running.address}/metrics").text, "the stream is open")
    programs = running.scene.live.programs
    until(lambda: "api" in programs(), "the api gives a sign of life")
    assert running.stop() == 0
    listener.join(5)
    assert not listener.is_alive()
    assert seen
