"""Calendar feeds: read by a strict reader of RFC 5545; unguessable, revocable, without homes and residents."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.icalendar import Entry, calendar, escaped, folded
from facility.domain.order import OrderStep
from facility.domain.request import Came, Request, RequestKind, RequestState
from facility.domain.text import Title
from tests.api.conftest import Client
from tests.api.scene import Scene

AT = datetime(2026, 11, 23, 6, 5, 12, tzinfo=UTC)
ENTRY = Entry("order-1@x", 0, AT, None, AT, "s", "d", "", "", False)
NEEDED = {"UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "SEQUENCE", "LAST-MODIFIED", "STATUS"}
LINE = re.compile(r"([A-Z-]+)((?:;[A-Z-]+=[^;:,\"]+)*):(.*)", re.DOTALL)


def read(data: bytes) -> list[dict[str, str]]:
    """The events of a calendar; AssertionError at whatever RFC 5545 forbids."""
    assert data.endswith(b"\r\n")
    raw = data.split(b"\r\n")[:-1]
    assert all(len(line) <= 75 and b"\n" not in line and b"\r" not in line for line in raw)
    lines: list[str] = []
    for line in raw:
        text = line.decode()  # each part by itself: no character is cut
        if text.startswith(" "):
            lines[-1] += text[1:]
        else:
            lines.append(text)
    assert (lines[0], lines[-1]) == ("BEGIN:VCALENDAR", "END:VCALENDAR")
    assert {"VERSION:2.0", "CALSCALE:GREGORIAN"} <= set(lines)
    events: list[dict[str, str]] = []
    inside = False
    for line in lines[1:-1]:
        found = LINE.fullmatch(line)
        assert found, line
        name, _, value = found.groups()
        if line in ("BEGIN:VEVENT", "END:VEVENT"):
            assert inside is (line == "END:VEVENT")
            inside = not inside
            events += [{}] if inside else []
        elif inside:
            assert name not in events[-1], f"{name} twice"
            events[-1][name] = _text(value) if name in ("SUMMARY", "DESCRIPTION", "LOCATION") else value
    assert not inside
    assert all(set(event) >= NEEDED for event in events)
    return events


def _text(value: str) -> str:
    assert not re.search(r"(?<!\\)(?:\\\\)*[;,]", value), value
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], value)


@settings(deadline=None, max_examples=60)
@given(words=st.text(max_size=120))
def test_any_text_comes_back_as_it_was(words: str) -> None:
    kept = re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", "", words.replace("\r\n", "\n").replace("\r", "\n"))
    line = folded(f"SUMMARY:{escaped(words)}")
    whole = calendar("x", [ENTRY]).replace("SUMMARY:s", line)
    (event,) = read(whole.encode())
    assert event["SUMMARY"] == kept


def test_a_day_and_a_time() -> None:
    day = Entry("order-2@x", 3, AT, date(2026, 12, 31), AT, "year's end", "d", "area", "https://x/orders/2", True)
    first, second = read(calendar("工单；a,b", [ENTRY, day]).encode())
    assert (first["DTSTART"], first["DTEND"]) == ("20261123T050512Z", "20261123T060512Z")
    assert (second["DTSTART"], second["DTEND"], second["STATUS"]) == ("20261231", "20270101", "CANCELLED")
    assert (second["SEQUENCE"], second["LAST-MODIFIED"]) == ("3", "20261123T060512Z")


@pytest.fixture
def order(scene: Scene) -> int:
    scene.people()
    scene.plans()
    scene.incident()
    return scene.order_of("gas-2")


def address_on(page: str) -> str:
    found = re.search(r"<code>https://facility\.test(/calendar/[\w-]{43}\.ics)</code>", page)
    assert found
    return found[1]


def test_a_feed_follows_its_persons_orders_until_it_is_revoked(client: Client, scene: Scene, order: int) -> None:
    login = scene.login_of(order)
    worker, reader = client.as_person(login), client.another()
    path = address_on(worker.act("/account/calendar", {"team": ""}).text)
    assert path.split("/")[-1][:-4] not in worker.get("/account/calendar").text, "shown once"

    def event() -> dict[str, str]:
        answer = reader.get(path)
        assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
        return next(one for one in read(answer.content) if one["UID"].startswith(f"order-{order}@"))

    before = event()
    assert before["DTEND"].endswith("Z")
    scene.step(order, OrderStep.ACCEPT, login)
    after = event()
    assert after["UID"] == before["UID"]
    assert int(after["SEQUENCE"]) == int(before["SEQUENCE"]) + 1
    assert after["LAST-MODIFIED"] >= before["LAST-MODIFIED"]
    assert after["DESCRIPTION"] != before["DESCRIPTION"]
    other = client.as_person("guo-fang")
    assert other.act("/account/calendar/1/revoke", {}).status_code == 404
    assert worker.act("/account/calendar/1/revoke", {}).status_code == 303
    assert reader.get(path).status_code == 404


def test_a_teams_feed_holds_its_orders_and_planned_days(client: Client, scene: Scene, order: int) -> None:
    foreman = client.as_person("zhou-bin")
    assert foreman.act("/account/calendar", {"team": "moon"}).status_code == 422
    path = address_on(foreman.act("/account/calendar", {"team": "engineering"}, "zh-CN").text)
    events = {one["UID"].split("@")[0]: one for one in read(client.another().get(path).content)}
    assert f"order-{order}" in events
    planned = scene.order_of("tank-1", "tank-cleaning")
    with scene.work.reading() as unit:
        occurrence = unit.orders.get(planned).occurrence
        day = unit.occurrences.get(occurrence or 0).day
    if day is not None:
        assert events[f"order-{planned}"]["DTSTART"] == f"{day:%Y%m%d}"
    guards = scene.order_of("fire-panel-1", "fire-pump-start")
    assert f"order-{guards}" not in events
    with scene.work.writing() as unit:
        unit.people.put(replace(unit.people.named("zhou-bin"), retired_at=scene.clock.now(), positions=()))
    assert client.another().get(path).status_code == 404


def test_a_residents_own_words_do_not_leave_the_house(client: Client, scene: Scene, order: int) -> None:
    now, login = scene.clock.now(), scene.login_of(order)
    asked = Request(
        0, RequestKind.REPAIR, "water", "李女士 13812345678 家漏水", "area-1", Came.DESK, RequestState.OPEN, now, now
    )
    with scene.work.writing() as unit:
        number = unit.requests.add(asked, "leak").id
        words = Title(asked.words, asked.words)
        unit.orders.change(replace(unit.orders.get(order), request=number, subject=words, place="3-2-1501"))
    path = address_on(client.as_person(login).act("/account/calendar", {"team": ""}).text)
    shown = client.another().get(path).content
    assert f"order-{order}@" in shown.decode()
    for secret in ("李女士", "13812345678", "1501"):
        assert secret not in "".join("".join(event.values()) for event in read(shown))
