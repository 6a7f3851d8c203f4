"""Every shipped profile against raw answers: a folder a case, `input.yaml` (raw words or messages), `expected.yaml`.

Input, Modbus: table → wire address of the first → raw words (or bits); `cut`: bytes that each answer lacks. Input, MQTT:
topic → payload. Expected: `values` and `bad` (with the reason) of every point that the input covers, or `error`, the name
of the exception. Ratios are those of the same input; one that it does not cover is unknown.
"""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from collectors import payload
from collectors.codec import BlockCodec
from collectors.ratios import Ratios
from collectors.wire import BadAnswer
from facility.domain.asset import Asset
from facility.domain.profile import JsonField, Point, Profile
from facility.domain.reading import BadReason, Value
from facility.domain.reads import length, plan, register_of
from facility.domain.text import Title
from facility.site.profiles import SHIPPED, read_profile
from facility.site.tree import Faults

HERE = Path(__file__).parent
CASES = sorted(path.parent.relative_to(HERE) for path in HERE.glob("*/*/input.yaml"))
PROFILES = sorted(path.stem for path in SHIPPED.glob("*.yaml"))
Answer = dict[str, tuple[Value | None, BadReason]]


@cache
def profile_of(name: str) -> Profile:
    faults = Faults()
    profile = read_profile((SHIPPED / f"{name}.yaml").read_text(encoding="utf-8"), f"{name}.yaml", name, faults)
    assert profile is not None
    assert faults.found == []
    return profile


def read_yaml(path: Path) -> dict[str, Any]:
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert isinstance(data, dict)
    return data


def decode_registers(profile: Profile, given: dict[str, Any]) -> Answer:
    """All points whose words or bits are given, read in the blocks that the collectors would ask for."""
    cut = given.pop("cut", 0)
    cells = {
        (table, start + i): cell
        for table, runs in given.items()
        for start, run in runs.items()
        for i, cell in enumerate(run)
    }
    asset = Asset("device", Title("Device", "设备"), profile, "room", "operator", "maintainer", "wire", unit=1)
    answer: Answer = {}
    for block in plan(asset):
        request = block.request
        row = [cells.get((request.table, request.address + i), 0) for i in range(request.count)]
        data = packed(row) if request.table.of_bits else b"".join(word.to_bytes(2, "big") for word in row)
        codec = BlockCodec(block.points, request)
        values, reasons = codec.each(data[: len(data) - cut])
        good = codec.good(data)
        assert good is None or list(good) == values
        answer |= {
            point.name: (value, reason)
            for point, value, reason in zip(block.points, values, reasons, strict=True)
            if covered(point, cells)
        }
    return with_ratios(profile, answer)


def with_ratios(profile: Profile, answer: Answer) -> Answer:
    """The answer with the ratios that it holds itself."""
    points = [profile.points[name] for name in answer]
    values, reasons = zip(*answer.values(), strict=True) if answer else ((), ())
    applied = zip(*Ratios(points).applied(values, reasons, {}.get), strict=True)
    return dict(zip(answer, applied, strict=True))


def covered(point: Point, cells: dict[tuple[str, int], int]) -> bool:
    register = register_of(point)
    return all((register.table.value, register.address + i) in cells for i in range(length(register)))


def packed(bits: list[int]) -> bytes:
    return sum(bit << i for i, bit in enumerate(bits)).to_bytes((len(bits) + 7) // 8, "little")


def decode_messages(profile: Profile, given: dict[str, str]) -> Answer:
    """All points that a message speaks of."""
    answer: Answer = {}
    for topic, text in given.items():
        document = payload.parse(text.encode(), plain=False)
        for point in profile.points.values():
            assert isinstance(point.read, JsonField)
            if point.read.topic != topic:
                continue
            try:
                raw = payload.find(document, payload.compile_path(point.read.path))
            except payload.Missing:
                continue
            answer[point.name] = payload.value_of(raw, point, point.read)
    return answer


@pytest.mark.parametrize("case", CASES, ids=str)
def test_raw_answer_becomes_what_the_manual_says(case: Path) -> None:
    profile = profile_of(case.parts[0])
    given, expected = read_yaml(HERE / case / "input.yaml"), read_yaml(HERE / case / "expected.yaml")
    decode = decode_registers if profile.protocol == "modbus" else decode_messages
    if "error" in expected:
        with pytest.raises({"BadAnswer": BadAnswer, "Garbage": payload.Garbage}[expected["error"]]):
            decode(profile, given)
        return
    answer = decode(profile, given)
    values = {name: value for name, (value, reason) in answer.items() if reason is BadReason.NONE}
    bad = {name: reason.value for name, (value, reason) in answer.items() if reason is not BadReason.NONE}
    assert bad == expected.get("bad", {})
    assert all(value is None for value, reason in answer.values() if reason is not BadReason.NONE)
    wanted = expected.get("values", {})
    assert texts(values) == texts(wanted)
    assert numbers(values) == pytest.approx(numbers(wanted), rel=1e-12, abs=0)  # ratios multiply floats: 0.1 × 3


def texts(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if isinstance(value, str)}


def numbers(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if not isinstance(value, str)}


@pytest.mark.parametrize("name", PROFILES)
def test_each_profile_has_cases_that_show_all_its_points_and_how_they_fail(name: str) -> None:
    profile = profile_of(name)
    cases = [read_yaml(HERE / case / "expected.yaml") for case in CASES if case.parts[0] == name]
    shown = {point for case in cases for point in case.get("values", {})}
    assert shown == set(profile.points)
    if any(point.labels or getattr(point.read, "sentinels", ()) for point in profile.points.values()):
        assert any("bad" in case for case in cases)


@pytest.mark.parametrize("name", PROFILES)
def test_half_an_answer_is_none(name: str) -> None:
    profile = profile_of(name)
    given = read_yaml(HERE / next(case for case in CASES if case.parts[0] == name) / "input.yaml")
    if profile.protocol == "modbus":
        with pytest.raises(BadAnswer):
            decode_registers(profile, {**given, "cut": 1})
    else:
        with pytest.raises(payload.Garbage):
            decode_messages(profile, {topic: text[: len(text) // 2] for topic, text in given.items()})
