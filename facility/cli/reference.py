"""The profile reference as Markdown: an index by system and one page a profile, made from the profiles and their test folders."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from facility.domain.profile import Device, Grade, Point, Profile, Register, System
from facility.domain.rule import Rule
from facility.domain.text import Language
from facility.locale import catalogue
from facility.site.wording import address_of, in_words, length, limits_of, range_of, reading_of

GRADES = {
    Grade.MAKER: "O: from the maker's own text",
    Grade.PROJECT: "S: seen in a public project, not in the maker's text",
    Grade.MIXED: "mixed: each point says O (maker's own text) or S (public project)",
}
_MADE = "<!-- Made by `make profiles` from the profile and its test folder: change those, not this page. -->"
_SYSTEMS = {
    System.POWER: "Power · 供配电",
    System.WATER: "Water and drainage · 给排水",
    System.GAS: "Gas · 燃气",
    System.FIRE: "Fire · 消防",
    System.PARKING: "Parking · 车辆出入",
}


@dataclass(frozen=True, slots=True)
class Case:
    """A test folder: its name, and what its input says about itself."""

    name: str
    about: str


@dataclass(frozen=True, slots=True)
class Described:
    """A profile with what its files say in words: the remark at its head, its test cases."""

    profile: Profile
    remark: str = ""
    cases: tuple[Case, ...] = ()


def described(profile: Profile, file: Path, tests: Path | None = None) -> Described:
    """A profile of `file`, with the cases of the folder `tests`."""
    found = sorted(tests.glob("*/input.yaml")) if tests is not None else []
    return Described(profile, remark(file), tuple(Case(path.parent.name, remark(path)) for path in found))


def remark(file: Path) -> str:
    """The comment at the head of a file, as running text."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return " ".join(line[1:].strip() for line in takewhile(lambda line: line.startswith("#"), lines))


def pages_of(all_described: Sequence[Described]) -> dict[str, str]:
    """File name → text of the whole reference."""
    pages = {f"{one.profile.id}.md": page(one) for one in all_described}
    return {"README.md": index(one.profile for one in all_described), **pages}


def index(profiles: Iterable[Profile]) -> str:
    """All profiles by system."""
    known = sorted(profiles, key=lambda profile: (profile.device is not None, profile.id))
    real = sum(profile.device is not None for profile in known)
    parts = [
        _MADE,
        "# Profile reference · 设备模板",
        f"{len(known)} profiles, {real} of them of real devices. `facility profiles` lists them, "
        "`facility profiles show NAME` shows one; [device profiles](../profiles.md) says how to write one.",
        "Grades: O, the maker's own text was read; S, seen in a public project. Nothing else is in a profile: "
        "what is not confirmed is named on the page and has to be tried on the device.",
    ]
    for system in System:
        rows = [
            (f"[{p.id}]({p.id}.md)", p.title.en, p.title.zh, maker(p), grade(p), p.protocol, str(len(p.points)))
            for p in known
            if p.system is system
        ]
        if rows:
            columns = ("profile", "title", "名称", "maker", "grade", "protocol", "points")
            parts += [f"## {_SYSTEMS.get(system, system.value.capitalize())}", _table(columns, rows)]
    return "\n\n".join(parts) + "\n"


def page(one: Described) -> str:
    """One profile."""
    profile = one.profile
    parts = [
        _MADE,
        f"# {profile.title.en} · {profile.title.zh}",
        f"`profile: {profile.id}` · {profile.system} · {profile.protocol} · history in `{profile.asset_class}` · "
        "[all profiles](README.md)",
        *([one.remark] if one.remark else []),
        *provenance(profile.device),
        *_wire(profile),
        "## Points",
        _table(point_columns(profile), point_rows(profile)),
        *_rules(profile),
        *_cases(one),
    ]
    return "\n\n".join(parts) + "\n"


def provenance(device: Device | None) -> list[str]:
    """Whose device it is and how sure that is."""
    if device is None:
        return ["Generic: a device type of no one maker. Compare every address with the manual of your device."]
    rows = [
        ("maker", device.maker),
        ("model", device.model),
        ("manual", device.manual),
        ("grade", GRADES[device.grade]),
    ]
    said = [_table(("device", ""), rows)]
    if device.unconfirmed is not None:
        said.append(f"**Not confirmed:** {device.unconfirmed.en}\n\n**未确认：** {device.unconfirmed.zh}")
    return said


def point_columns(profile: Profile) -> tuple[str, ...]:
    """Headings of the table of points."""
    manual = ("in the manual",) if counted_from(profile) else ()
    at = "wire address" if profile.protocol == "modbus" else "topic and path"
    return ("point", "title", "名称", "unit", "range", "every", at, *manual, "type", "raw value and labels")


def point_rows(profile: Profile) -> list[tuple[str, ...]]:
    """One row a point."""
    base = counted_from(profile)
    return [
        (
            f"{point.name}{' ★' if point.main else ''}",
            point.title.en,
            point.title.zh,
            point.unit.value,
            range_of(point),
            length(point.every),
            address_of(point, profile),
            *((address_of(point, profile, shift=base),) if base else ()),
            str(point.read.type),
            "; ".join(_notes(point)),
        )
        for point in profile.points.values()
    ]


def rule_rows(profile: Profile) -> list[tuple[str, ...]]:
    """One row a rule."""
    return [
        (
            rule.id,
            rule.title.en,
            rule.title.zh,
            str(rule.level or "—"),
            in_words(rule.when, profile),
            length(rule.hold) if rule.hold else "—",
            meaning(rule),
        )
        for rule in profile.rules.values()
    ]


def meaning(rule: Rule) -> str:
    """What its alert says, in English."""
    if rule.level is None:
        return "input of site rules, no alert"
    texts = catalogue(Language.EN)
    what, do = (texts.get(f"alerts.{rule.alert}.{part}", "") for part in ("what", "do"))
    order = ", opens an order" if rule.order else ""
    return f"`{rule.alert}`{order}: {what}; {do}"


def maker(profile: Profile) -> str:
    """The maker's name, or generic."""
    return profile.device.maker if profile.device else "generic"


def grade(profile: Profile) -> str:
    """The letter of its facts."""
    return profile.device.grade.value if profile.device else "—"


def counted_from(profile: Profile) -> int:
    """1 when the manual numbers its registers from 1."""
    return profile.modbus.base if profile.protocol == "modbus" else 0


def _wire(profile: Profile) -> list[str]:
    if profile.protocol != "modbus":
        return []
    limits = limits_of(profile.modbus)
    return ["Limits: " + "; ".join(limits) + "."]


def _rules(profile: Profile) -> list[str]:
    if not profile.rules:
        return ["No rules: add them in your own copy, or let site rules look at its points."]
    columns = ("rule", "title", "名称", "level", "true when", "held for", "alert")
    return ["## Rules", _table(columns, rule_rows(profile))]


def _cases(one: Described) -> list[str]:
    if not one.cases:
        return []
    rows = [(f"`tests/profiles/{one.profile.id}/{case.name}`", case.about) for case in one.cases]
    return ["## Tested with", _table(("case", "what it shows"), rows)]


def _notes(point: Point) -> list[str]:
    said = reading_of(point)
    if isinstance(point.read, Register):
        said += (
            [", ".join(f"{code} = {_label(key, point)}" for code, key in point.codes.items())] if point.codes else []
        )
    elif point.labels:
        said.append(", ".join(_label(key, point) for key in point.labels))
    if point.grade is not None:
        said.append(f"grade {point.grade}")
    return said


def _label(key: str, point: Point) -> str:
    """The word that rules use, and what people read."""
    title = point.labels[key]
    return f"{key} ({title.en}, {title.zh})"


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
