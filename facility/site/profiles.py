"""Reads a profile: one device type a file, from `facility/profiles/` or from `profiles/` beside the site file."""

from pathlib import Path

from facility.domain.asset import COMM_LOST, LINK_LOST
from facility.domain.counter import Counter
from facility.domain.mqtt import Format, Stream
from facility.domain.profile import JsonField, ModbusLimits, Point, Profile, Register
from facility.domain.rule import Rule
from facility.site import profile_grammar
from facility.site.consequences import check_in_profile
from facility.site.expressions import Scope, is_number, read_expression
from facility.site.kinds import Flag, did_you_mean
from facility.site.messages import check_field, read_availability, read_topics, read_words
from facility.site.provenance import read_device
from facility.site.records import Entry
from facility.site.registers import (
    Convention,
    part_of,
    read_register,
    refuse_overlaps,
    refuse_ratios,
    turn_of,
)
from facility.site.tree import INTEGER, Faults, Mapping, Node, Scalar, parse

SHIPPED = Path(__file__).parent.parent / "profiles"
_BUILT_IN = (COMM_LOST, LINK_LOST)
Topics = tuple[dict[str, str], dict[str, Stream]]
"""Templates and streams of a profile's topics, by name."""


def read_profile(text: str, file: str, name: str, faults: Faults) -> Profile | None:
    """The profile of a file, None when it is not YAML; `name` is the file's, which must be the profile's."""
    tree = parse(text, file, faults)
    if not tree.items:
        return None
    entry = profile_grammar.PROFILE.read(tree, faults)
    if entry["profile"] and entry["profile"] != name:
        faults.add(
            entry.at("profile"), f'the file is named "{name}", the profile "{entry["profile"]}".', "Give both one name."
        )
    limits = _limits(entry["modbus"] or profile_grammar.MODBUS.read(Mapping(file, 1, "", {}), faults))
    convention = Convention(entry["modbus"]["base"], entry["modbus"]["order"]) if entry["modbus"] else Convention()
    if entry["protocol"] == "mqtt" and entry.given("modbus"):
        faults.add(entry.at("modbus"), "an MQTT profile has no Modbus limits.", "Remove it.")
    for key in ("topics", "availability"):
        if entry["protocol"] == "modbus" and entry.given(key):
            faults.add(entry.at(key), f"a Modbus profile has no {key}.", "Remove it.")
    topics, streams = read_topics(entry["topics"], faults)
    points = {
        key: _point(key, point, entry["protocol"], (topics, streams), convention, faults)
        for key, point in entry["points"].items()
    }
    nodes = {key: point.node for key, point in entry["points"].items()}
    if entry["protocol"] == "modbus":
        refuse_overlaps(points, nodes, limits, convention.base, faults)
        refuse_ratios(points, entry["points"], faults)
    rules = {key: _rule(key, rule, points, faults) for key, rule in entry["rules"].items()}
    check_resets(entry["rules"], rules, faults)
    check_in_profile(entry["rules"], SHIPPED, faults)
    return Profile(
        id=name,
        title=entry["title"],
        asset_class=entry["class"],
        system=entry["system"],
        protocol=entry["protocol"],
        points=points,
        rules=rules,
        modbus=limits,
        topics=topics,
        streams=streams,
        availability=read_availability(entry["availability"], topics, faults),
        source=entry["source"],
        device=read_device(entry, faults),
    )


def _limits(entry: Entry) -> ModbusLimits:
    return ModbusLimits(
        max_registers=entry["max_registers"],
        max_bits=entry["max_bits"],
        max_gap=entry["max_gap"],
        timeout=entry["timeout"],
        pause=entry["pause"],
        silent_interval=entry["silent_interval"],
        page=entry["page"],
        single=entry["single"],
        base=entry["base"],
    )


def _point(name: str, entry: Entry, protocol: str, topics: Topics, convention: Convention, faults: Faults) -> Point:
    read: Register | JsonField
    read = read_register(entry, convention, faults) if protocol == "modbus" else _json_field(entry, *topics, faults)
    low, high = _range(entry, faults)
    point = Point(
        name=name,
        title=entry["title"],
        unit=entry["unit"],
        read=read,
        every=entry["every"],
        low=low,
        high=high,
        deadband=entry["deadband"],
        labels=entry["labels"],
        codes=_codes(entry, read, faults) if read.type == "enum" else _words(entry, read, topics[1], faults),
        main=entry["main"],
        counter=_counter(entry, read, faults),
        grade=entry["grade"],
    )
    if not is_number(point):
        for key in ("unit", "range", "deadband", "counter"):
            if entry.given(key) and entry[key]:
                faults.add(entry.at(key), f"a point of type {read.type} has no {key}.", f"Remove {key}.")
    if read.type != "enum":
        for key in ("labels",) if read.type == "bool" else ("labels", "codes"):
            if entry.given(key):
                faults.add(
                    entry.at(key), f"only an enum has {key}, this point is of type {read.type}.", f"Remove {key}."
                )
    return point


def _words(
    entry: Entry, read: Register | JsonField, streams: dict[str, Stream], faults: Faults
) -> dict[int | str, str]:
    if not isinstance(read, JsonField) or read.type != "bool" or entry["codes"] is None:
        return {}
    plain = streams.get(read.topic, Stream()).format is Format.PLAIN
    return read_words(entry["codes"], plain=plain, faults=faults)


def _json_field(point: Entry, topics: dict[str, str], streams: dict[str, Stream], faults: Faults) -> JsonField:
    entry = part_of(point, profile_grammar.JSON_FIELD, faults)
    topic = entry["topic"]
    if topic and topic not in topics:
        faults.add(entry.at("topic"), f"topic {topic} does not exist.", did_you_mean(topic, topics))
    elif topic and point.given("read"):
        check_field(entry, streams.get(topic, Stream()), faults)
    if entry["type"] != "number":
        for key in ("scale", "offset"):
            if entry.given(key):
                faults.add(entry.at(key), f"{entry['type']} has no {key}.", f"Remove {key}.")
    return JsonField(
        topic, entry["path"] or "$", entry["type"], entry["scale"], entry["offset"], entry["time"], entry["metric"]
    )


def _range(entry: Entry, faults: Faults) -> tuple[float | None, float | None]:
    values = [value for _, value in entry["range"]]
    if not values or faults.within(entry.at("range")):
        return None, None
    if len(values) != 2 or values[0] >= values[1]:
        faults.add(entry.at("range"), "is not a range.", "Write [low, high] with low less than high.")
        return None, None
    return values[0], values[1]


def _counter(entry: Entry, read: Register | JsonField, faults: Faults) -> Counter | None:
    node: Node | None = entry["counter"]
    if node is None:
        return None
    if isinstance(node, Scalar):
        return Counter() if Flag().read(node, faults) else None
    given = profile_grammar.COUNTER.read(node, faults)
    at, turn = given.at("wraps_at"), given["wraps_at"]
    if not given.given("wraps_at") or faults.within(node):
        return Counter()
    most = turn_of(read) if isinstance(read, Register) else None
    if turn <= 0:
        faults.add(at, f"{turn:g} is reached at once.", "Give the first value that the counter does not reach.")
    elif isinstance(read, Register) and read.ratios:
        faults.add(at, "where it wraps depends on the ratios of each device.", "Write `counter: true`.")
    elif most is not None and turn > most:
        faults.add(at, f"{read.type} never reaches {turn:.15g}: it wraps at {most:.15g}.", "Correct it, or the scale.")
    return Counter(turn)


def _codes(entry: Entry, read: Register | JsonField, faults: Faults) -> dict[int | str, str]:
    labels = entry["labels"]
    modbus = isinstance(read, Register)
    width = read.width if isinstance(read, Register) else 16
    if not labels:
        faults.add(entry.node, "an enum needs labels.", "Add `labels: {open: {en: Open, zh: 分闸}, …}`.")
    node: Node | None = entry["codes"]
    if node is None:
        if modbus:
            faults.add(entry.node, "an enum needs codes.", "Add `codes: {0: open, 1: closed, …}`.")
        return {} if modbus else {label: label for label in labels}
    if not isinstance(node, Mapping):
        faults.add(node, "must be a mapping of codes to labels.", "Write {0: open, 1: closed, …}.")
        return {}
    codes: dict[int | str, str] = {}
    for raw, item in node.items.items():
        number = raw not in node.quoted and INTEGER.fullmatch(raw) is not None
        code: int | str = int(raw, 0 if raw.startswith("0x") else 10) if number else raw
        if raw in ("true", "false") and raw not in node.quoted:
            code = int(raw == "true")  # JSON's true and false are 1 and 0
        label = item.text if isinstance(item, Scalar) else ""
        if label not in labels:
            faults.add(item, f'label "{label}" does not exist.', did_you_mean(label, labels))
        if modbus and not (isinstance(code, int) and 0 <= code < 1 << width):
            place = "one register" if width == 16 else f"{width} bits"
            faults.add(item, f"{raw} is not a code of {place}.", f"Give a whole number from 0 to {(1 << width) - 1}.")
        if code in codes:
            faults.add(item, f"code {raw} is given twice.", "Keep one of them.")
        codes[code] = label
    return codes


def _rule(name: str, entry: Entry, points: dict[str, Point], faults: Faults) -> Rule:
    if name in _BUILT_IN:
        faults.add(entry.node, f"{name} is built in.", "Choose another name.")
    check_alert(entry, faults)
    when = read_expression(entry["when"], Scope(points=points), faults) if entry.given("when") else None
    return Rule(
        name,
        entry["title"],
        when or read_expression(Mapping(entry.node.file, 1, "", {}), Scope(points={}), Faults()),
        entry["hold"],
        entry["clear_hold"],
        entry["level"],
        entry["alert"],
        entry["order"],
        latched=entry["latched"],
        reset_by=entry["reset_by"],
        consequence_of=tuple(kind for _, kind in entry["consequence_of"]),
    )


def check_resets(entries: dict[str, Entry], rules: dict[str, Rule], faults: Faults) -> None:
    """A reset is reported by a rule that exists."""
    for name, rule in rules.items():
        if rule.reset_by and rule.reset_by not in rules:
            what = f"there is no rule {rule.reset_by}."
            faults.add(entries[name].at("reset_by"), what, did_you_mean(rule.reset_by, rules))


def check_alert(entry: Entry, faults: Faults) -> None:
    """A level needs an alert kind; an alert kind and an order need a level; what is latched waits for nothing."""
    if entry["latched"] and entry["level"] is None:
        faults.add(entry.at("latched"), "has no level, so there is no alert to latch.", "Add `level:`.")
    if entry["latched"] and entry["hold"]:
        faults.add(entry.at("hold"), "a latched rule is told at once.", "Remove hold.")
    if entry["reset_by"] and not entry["latched"]:
        faults.add(entry.at("reset_by"), "only a latched rule is reset.", "Add `latched: true`, or remove reset_by.")
    if entry["level"] is not None and not entry["alert"]:
        faults.add(entry.node, "has a level but no alert.", "Add `alert:`, the kind of the alert.")
    if entry["level"] is None and (entry["alert"] or entry["order"]):
        faults.add(
            entry.node, "has no level, so it makes no alert and no order.", "Add `level:`, or remove alert and order."
        )
