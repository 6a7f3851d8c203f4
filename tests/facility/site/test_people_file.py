"""Files of people."""

from pathlib import Path

import pytest

from facility.domain.errors import SiteRefused
from facility.domain.skill import Skill
from facility.domain.text import Language
from facility.site import load
from facility.site.people import read_people

DEMO = Path(__file__).resolve().parents[3] / "examples" / "demo"
SITE = load(DEMO / "site.yaml")


def test_demo_people_fill_every_position() -> None:
    people = read_people(DEMO / "people.yaml", SITE)
    assert 10 <= len(people) <= 16
    assert {position for person in people for position in person.positions} == set(SITE.positions)
    assert {skill for person in people for skill in person.skills} == set(Skill), (
        "somebody for every plan of the library"
    )
    assert {person.language for person in people} == set(Language)
    addressed = {id for id in SITE.channels if id != "siren"}  # a siren is nobody's
    assert all(set(person.contacts) == addressed for person in people)


def test_faults_stand_with_their_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("people.yaml").write_text(
        "people:\n"
        "  li-wei: {name: 李伟, language: zh-CN, positions: [electricien], contacts: {wecome: x}}\n"
        "  Li Wei: {name: 李伟, language: cn, positions: manager}\n"
        "  xu-tao: {language: en, positions: [], phone: 1}\n"
        "  he-jun: {name: 何军, language: zh-CN, positions: [], skills: {welding, pumps: soon, generator}}\n",
        encoding="utf-8",
    )
    with pytest.raises(SiteRefused) as refused:
        read_people(Path("people.yaml"), SITE)
    assert str(refused.value).splitlines() == [
        'people.yaml:2 people.li-wei.positions[0]: position electricien does not exist. Did you mean "electrician"?',
        'people.yaml:2 people.li-wei.contacts.wecome: channel wecome does not exist. Did you mean "wecom"?',
        'people.yaml:3 people.Li Wei: "Li Wei" is not a login of small letters and digits. Write it like li-wei.',
        'people.yaml:3 people.Li Wei.language: "cn" is not a language. Known: zh-CN, en.',
        "people.yaml:3 people.Li Wei.positions: must be a list. Write it as [first, second] or one `- item` a line.",
        'people.yaml:4 people.xu-tao: unknown key "phone". Known: name, language, positions, contacts, quiet, skills.',
        "people.yaml:4 people.xu-tao: name is missing. Add `name:` (name).",
        'people.yaml:5 people.he-jun.skills.welding: "welding" is not a skill (electrician, generator, thermography, pumps,'
        " tank_cleaning, fire_protection). Write it like electrician.",
        'people.yaml:5 people.he-jun.skills.pumps: "soon" is not a date. Write year-month-day, such as 2026-01-31.',
    ]
