"""Reads emergency plans: markdown, one file a plan and language, shipped and beside the site file in `emergency/`.

---
kinds: [water_lost]          kinds of alert
---
# Plan for loss of water     its title
Some words.                  paragraphs before the first step
## At once                   a heading of the steps below it
1. Call the water company    a step
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from facility.domain.emergency import EmergencyPlan, EmergencyPlans, PlanStep
from facility.domain.text import Language, Title
from facility.site.kinds import did_you_mean
from facility.site.text_files import read_text, refuse, shown
from facility.site.tree import Faults, Node, Sequence, parse

SHIPPED = Path(__file__).parent.parent / "emergency"
_NAME = re.compile(r"([a-z0-9][a-z0-9-]*)\.(zh-CN|en)\.md")
_HEAD = re.compile(r"---\n(.*?)\n---\n", re.DOTALL)
_LANGUAGES = tuple(Language)


@dataclass(slots=True)
class Draft:
    """One file of a plan."""

    place: Node
    kinds: tuple[str, ...] = ()
    title: str = ""
    preface: list[str] = field(default_factory=list)
    steps: list[tuple[str, str]] = field(default_factory=list)  # section, step


def load_plans(folder: Path, kinds: Collection[str]) -> EmergencyPlans:
    """The shipped plans and those in `emergency/` of the site file's folder, which win by name and by kind; SiteRefused.

    `kinds`: all kinds of alert.
    """
    faults = Faults()
    ours = read_plans(_texts(folder / "emergency", faults), kinds, faults)
    taken = {kind for plan in ours.values() for kind in plan.kinds}
    shipped = read_plans(_texts(SHIPPED, faults), kinds, faults)
    left = {id: _without(plan, taken) for id, plan in shipped.items()}
    refuse(faults)
    return EmergencyPlans({**left, **ours})


def _without(plan: EmergencyPlan, kinds: set[str]) -> EmergencyPlan:
    return replace(plan, kinds=tuple(kind for kind in plan.kinds if kind not in kinds))


def _texts(folder: Path, faults: Faults) -> dict[str, tuple[str, str]]:
    return {path.name: (shown(path), read_text(path, faults)) for path in sorted(folder.glob("*.md"))}


def read_plans(
    texts: Mapping[str, tuple[str, str]], kinds: Collection[str], faults: Faults
) -> dict[str, EmergencyPlan]:
    """Plans by id. `texts`: name of the file → its path as shown, and its text."""
    drafts: dict[str, dict[Language, Draft]] = {}
    for name, (file, text) in texts.items():
        found = _NAME.fullmatch(name)
        if found is None:
            what = f"{name} is no name of an emergency plan."
            faults.add(Node(file, 1, ""), what, "Name it like water.zh-CN.md and water.en.md.")
            continue
        drafts.setdefault(found[1], {})[Language(found[2])] = _draft(text, file, kinds, faults)
    plans = {id: plan for id, pair in drafts.items() if (plan := _joined(id, pair, faults)) is not None}
    _refuse_two_plans_of_a_kind(plans, drafts, faults)
    return plans


def _joined(id: str, pair: Mapping[Language, Draft], faults: Faults) -> EmergencyPlan | None:
    """Both languages of a plan as one."""
    first = next(iter(pair.values()))
    for language in _LANGUAGES:
        if language not in pair:
            faults.add(first.place, f"the plan has no {language}.", f"Add {id}.{language}.md beside it.")
            return None
    zh, en = pair[Language.ZH_CN], pair[Language.EN]
    for what, ours, theirs in (
        ("steps", len(zh.steps), len(en.steps)),
        ("paragraphs before the steps", len(zh.preface), len(en.preface)),
        ("kinds", zh.kinds, en.kinds),
        ("sections", _sections(zh), _sections(en)),
    ):
        if ours != theirs:
            said = f"{what}: {ours} in zh-CN, {theirs} in en."
            faults.add(en.place, said, "Write both languages alike, step by step.")
            return None
    steps = tuple(
        PlanStep(Title(section_en, section_zh) if section_zh else None, Title(step_en, step_zh))
        for (section_zh, step_zh), (section_en, step_en) in zip(zh.steps, en.steps, strict=True)
    )
    preface = tuple(Title(ours, theirs) for ours, theirs in zip(en.preface, zh.preface, strict=True))
    return EmergencyPlan(id, zh.kinds, Title(en.title, zh.title), preface, steps)


def _sections(draft: Draft) -> list[int]:
    """At which steps another section begins."""
    sections = [section for section, _ in draft.steps]
    return [at for at, section in enumerate(sections) if at == 0 or section != sections[at - 1]]


def _draft(text: str, file: str, kinds: Collection[str], faults: Faults) -> Draft:
    draft = Draft(Node(file, 1, ""))
    head = _HEAD.match(text)
    if head is None:
        faults.add(draft.place, "does not begin with its kinds.", "Begin with ---, kinds: [water_lost], ---.")
        return draft
    draft.kinds = _kinds(head[1], file, kinds, faults)
    section, told = "", False
    for kind, words in _blocks(text[head.end() :]):
        if kind == "h1":
            draft.title = words
        elif kind == "h2":
            section = words
        elif kind == "step":
            draft.steps.append((section, words))
            told = True
        elif not told:
            draft.preface.append(words)
    if not draft.title:
        faults.add(draft.place, "has no title.", "Add a line such as # Plan for loss of water.")
    if not draft.steps:
        faults.add(draft.place, "has no steps.", "Add lines such as 1. Call the water company.")
    return draft


def _kinds(head: str, file: str, known: Collection[str], faults: Faults) -> tuple[str, ...]:
    """The kinds of alert, which must be known."""
    tree = parse("\n" + head, file, faults)  # the line before it is the ---
    node = tree.items.get("kinds")
    if not isinstance(node, Sequence) or not node.items:
        faults.add(Node(file, 2, ""), "names no kind of alert.", "Write kinds: [water_lost].")
        return ()
    kinds = []
    for item in node.items:
        kind = str(getattr(item, "text", ""))
        if kind not in known:
            faults.add(item, f"{kind} is no kind of alert.", did_you_mean(kind, known))
        kinds.append(kind)
    return tuple(kinds)


def _blocks(text: str) -> Iterator[tuple[str, str]]:
    """Headings (h1, h2, …), paragraphs (p) and items of numbered lists (step), in their order, as plain words."""
    where = "p"
    in_list = 0
    for token in MarkdownIt().parse(text):
        if token.type == "heading_open":
            where = token.tag
        elif token.type == "heading_close":
            where = "p"
        elif token.type in ("ordered_list_open", "ordered_list_close"):
            in_list += 1 if token.nesting == 1 else -1
        elif token.type == "inline":
            yield ("step" if in_list and where == "p" else where), _words(token)


def _words(inline: Token) -> str:
    """Text without its marks."""
    parts = [" " if part.type == "softbreak" else part.content for part in inline.children or []]
    return "".join(parts).strip()


def _refuse_two_plans_of_a_kind(
    plans: Mapping[str, EmergencyPlan], drafts: Mapping[str, Mapping[Language, Draft]], faults: Faults
) -> None:
    seen: dict[str, str] = {}
    for id, plan in plans.items():
        for kind in plan.kinds:
            if kind in seen:
                place = drafts[id][Language.EN].place
                faults.add(place, f"{kind} is a kind of plan {seen[kind]} too.", "Leave it to one of them.")
            seen.setdefault(kind, id)
