"""Equipment without a wire (extinguishers, valves, doors): its file beside the site file, read into assets without points."""

from collections.abc import Callable, Mapping
from pathlib import Path

from facility.domain.asset import Asset
from facility.domain.profile import Profile, System
from facility.domain.text import Title
from facility.site.grammar_terms import A_SLUG, SLUGS, TITLE, optional
from facility.site.kinds import Choice, Day, Flag, Text
from facility.site.records import Entry, Field, ListOf, MapOf, Record
from facility.site.text_files import read_text, shown
from facility.site.tree import Faults, Node, parse

FILE = "equipment.yaml"
Known = Callable[[str, str, str, Node], None]
"""Kind, name, section, node: a fault when the section has no such name."""

EQUIPMENT = Record(
    {
        "title": TITLE,
        "class": Field(Text("a class of equipment"), "what it is: 灭火器, valve"),
        "system": Field(Choice("a system", [*System], System), "power, water, fire, gas or parking"),
        "area": Field(A_SLUG, "area in which it stands"),
        "operating": Field(A_SLUG, "position that operates or inspects it"),
        "maintaining": Field(A_SLUG, "position that maintains it"),
        "place": optional(Text("a place", empty=True), "where in the area: 3F, beside the lift", ""),
        "installed": optional(Day(), "day on which it was installed", None),
        "documents": optional(ListOf(Text("a document")), "names or addresses of its documents", ()),
        "certificates": optional(
            MapOf("a kind of certificate", A_SLUG, Day()), "certificates and the day on which each expires", {}
        ),
        "was": optional(SLUGS, "earlier names of it", ()),
        "retired": optional(Flag(), "no longer in use; its history stays", False),
    }
)
EQUIPMENT_FILE = Record({"equipment": Field(MapOf("an asset", A_SLUG, EQUIPMENT), "equipment by its name")})


def equipment_text(folder: Path, faults: Faults) -> str | None:
    """The text of the file; None when the site has none."""
    path = folder / FILE
    return read_text(path, faults) if path.exists() else None


def equipment_entries(text: str, folder: Path, faults: Faults) -> dict[str, Entry]:
    """The entries of the file by name."""
    tree = parse(text, shown(folder / FILE), faults)
    if not tree.items:
        return {}
    found: dict[str, Entry] = EQUIPMENT_FILE.read(tree, faults)["equipment"] or {}
    return found


def asset_of(name: str, entry: Entry, known: Known) -> Asset:
    """An asset that nothing reads."""
    known("area", entry["area"], "areas", entry.at("area"))
    for key in ("operating", "maintaining"):
        known("position", entry[key], "positions", entry.at(key))
    sort = entry["class"]
    return Asset(
        id=name,
        title=entry["title"],
        profile=Profile("", Title(sort, sort), sort, entry["system"], "", {}, {}),
        area=entry["area"],
        operating=entry["operating"],
        maintaining=entry["maintaining"],
        link="",
        retired=entry["retired"],
        was=tuple(old for _, old in entry["was"]),
        certificates=entry["certificates"],
        place=entry["place"],
        installed=entry["installed"],
        documents=tuple(each for _, each in entry["documents"]),
    )


def refuse_taken(names: Mapping[str, Entry], taken: Mapping[str, object], kind: str, faults: Faults) -> None:
    """No name stands in both files."""
    for name, entry in names.items():
        if name in taken:
            faults.add(
                entry.node, f"{kind} of the site file is named {name} too.", "Choose another name for one of them."
            )
