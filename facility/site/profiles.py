"""Reads a profile: one device type a file, from `facility/profiles/` or from `profiles/` beside the site file."""

from pathlib import Path

from facility.domain.asset import COMM_LOST, LINK_LOST
from facility.domain.mqtt import Format, Stream
from facility.domain.profile import (
    ByteOrder,
    JsonField,
    ModbusLimits,
    Point,
    Profile,
    RawType,
    Register,
)
from facility.domain.rule import Rule
from facility.site import grammar
from facility.site.expressions import Scope, is_number, read_expression
from facility.site.kinds import did_you_mean
from facility.site.messages import check_field, read_availability, read_topics, read_words
from facility.site.records import Entry, Record
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
    entry = grammar.PROFILE.read(tree, faults)
    if entry["profile"] and entry["profile"] != name:
        faults.add(
            entry.at("profile"), f'the file is named "{name}", the profile "{entry["profile"]}".', "Give both one name."
        )
    limits = _limits(entry["modbus"] or grammar.MODBUS.read(Mapping(file, 1, "", {}), faults))
    default_order = entry["modbus"]["order"] if entry["modbus"] else ByteOrder.ABCD
    if entry["protocol"] == "mqtt" and entry.given("modbus"):
        faults.add(entry.at("modbus"), "an MQTT profile has no Modbus limits.", "Remove it.")
    for key in ("topics", "availability"):
        if entry["protocol"] == "modbus" and entry.given(key):
            faults.add(entry.at(key), f"a Modbus profile has no {key}.", "Remove it.")
    topics, streams = read_topics(entry["topics"], faults)
    points = {
        key: _point(key, point, entry["protocol"], (topics, streams), default_order, faults)
        for key, point in entry["points"].items()
    }
    nodes = {key: point.node for key, point in entry["points"].items()}
    if entry["protocol"] == "modbus":
        _refuse_overlaps(points, nodes, limits, faults)
    rules = {key: _rule(key, rule, points, faults) for key, rule in entry["rules"].items()}
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
    )


def _limits(entry: Entry) -> ModbusLimits:
    return ModbusLimits(entry["max_registers"], entry["max_bits"], entry["max_gap"], entry["timeout"], entry["pause"])


def _point(name: str, entry: Entry, protocol: str, topics: Topics, order: ByteOrder, faults: Faults) -> Point:
    read: Register | JsonField
    read = _register(entry, order, faults) if protocol == "modbus" else _json_field(entry, *topics, faults)
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
        codes=_codes(entry, protocol, faults) if read.type == "enum" else _words(entry, read, topics[1], faults),
        main=entry["main"],
    )
    if not is_number(point):
        for key in ("unit", "range", "deadband"):
            if entry.given(key) and entry[key]:
                faults.add(entry.at(key), f"a point of type {read.type} has no {key}.", f"Remove {key}.")
    if read.type != "enum":
        for key in ("labels",) if read.type == "bool" else ("labels", "codes"):
            if entry.given(key):
                faults.add(
                    entry.at(key), f"only an enum has {key}, this point is of type {read.type}.", f"Remove {key}."
                )
    return point


def _register(point: Entry, order: ByteOrder, faults: Faults) -> Register:
    entry = (
        grammar.REGISTER.read(point["read"] or point.node, faults)
        if point.given("read")
        else _empty(grammar.REGISTER, point)
    )
    table, address = entry["table"], entry["address"]
    kind: RawType = entry["type"] or (RawType.BIT if table.of_bits else RawType.UINT16)
    if not entry.given("type") and not table.of_bits and point.given("read"):
        faults.add(entry.node, "type is missing.", "Add `type:` (uint16, int16, uint32, int32, float32, bit or enum).")
    if table.of_bits and kind is not RawType.BIT:
        faults.add(entry.at("type"), f"a {table} is one bit, not {kind}.", "Use type bit, or another table.")
    if entry.given("bit") and (kind is not RawType.BIT or table.of_bits):
        faults.add(entry.at("bit"), "only a bit of a holding or input register has a number.", "Remove bit.")
    if entry.given("order") and kind.words == 1:
        faults.add(entry.at("order"), f"{kind} has no byte order: it is one word.", "Remove order.")
    if not table.of_bits and address + kind.words > 65536:
        faults.add(entry.at("address"), f"{kind} at {address} ends behind 65535.", "Correct the address.")
    if kind in (RawType.BIT, RawType.ENUM):
        for key in ("scale", "offset"):
            if entry.given(key):
                faults.add(entry.at(key), f"{kind} has no {key}.", f"Remove {key}.")
    if entry["scale"] == 0 and not faults.within(entry.at("scale")):
        faults.add(entry.at("scale"), "a scale of 0 makes every value the same.", "Give the scale of the manual.")
    return Register(
        table,
        address,
        kind,
        entry["order"] or order,
        entry["bit"],
        entry["scale"],
        entry["offset"],
        _sentinels(entry, kind, faults),
    )


def _sentinels(entry: Entry, kind: RawType, faults: Faults) -> tuple[int, ...]:
    if entry["sentinels"] and kind is RawType.BIT:
        faults.add(entry.at("sentinels"), "a bit has no sentinels.", "Remove sentinels.")
    for node, code in entry["sentinels"]:
        if code >> (16 * kind.words):
            faults.add(
                node, f"sentinel {code:#x} does not fit into {kind}.", f"Write at most {4 * kind.words} hex digits."
            )
    return tuple(code for _, code in entry["sentinels"])


def _words(
    entry: Entry, read: Register | JsonField, streams: dict[str, Stream], faults: Faults
) -> dict[int | str, str]:
    if not isinstance(read, JsonField) or read.type != "bool" or entry["codes"] is None:
        return {}
    plain = streams.get(read.topic, Stream()).format is Format.PLAIN
    return read_words(entry["codes"], plain=plain, faults=faults)


def _json_field(point: Entry, topics: dict[str, str], streams: dict[str, Stream], faults: Faults) -> JsonField:
    entry = (
        grammar.JSON_FIELD.read(point["read"] or point.node, faults)
        if point.given("read")
        else _empty(grammar.JSON_FIELD, point)
    )
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


def _empty(record: Record, point: Entry) -> Entry:
    return record.read(Mapping(point.node.file, point.node.line, point.node.path, {}), Faults())


def _range(entry: Entry, faults: Faults) -> tuple[float | None, float | None]:
    values = [value for _, value in entry["range"]]
    if not values or faults.within(entry.at("range")):
        return None, None
    if len(values) != 2 or values[0] >= values[1]:
        faults.add(entry.at("range"), "is not a range.", "Write [low, high] with low less than high.")
        return None, None
    return values[0], values[1]


def _codes(entry: Entry, protocol: str, faults: Faults) -> dict[int | str, str]:
    labels = entry["labels"]
    if not labels:
        faults.add(entry.node, "an enum needs labels.", "Add `labels: {open: {en: Open, zh: 分闸}, …}`.")
    node: Node | None = entry["codes"]
    if node is None:
        if protocol == "modbus":
            faults.add(entry.node, "an enum needs codes.", "Add `codes: {0: open, 1: closed, …}`.")
        return {} if protocol == "modbus" else {label: label for label in labels}
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
        if protocol == "modbus" and not (isinstance(code, int) and 0 <= code <= 65535):
            faults.add(item, f"{raw} is not a code of one register.", "Give a whole number from 0 to 65535.")
        if code in codes:
            faults.add(item, f"code {raw} is given twice.", "Keep one of them.")
        codes[code] = label
    return codes


def _refuse_overlaps(points: dict[str, Point], nodes: dict[str, Node], limits: ModbusLimits, faults: Faults) -> None:
    taken: dict[tuple[str, int], Point] = {}
    bits: dict[tuple[str, int, int], Point] = {}
    for point in points.values():
        read = point.read
        if not isinstance(read, Register) or faults.within(nodes[point.name]):
            continue
        if read.type.words > limits.max_registers:
            what = f"{read.type} takes 2 registers, but the device gives {limits.max_registers} in a request."
            faults.add(nodes[point.name], what, "Correct max_registers.")
        single = read.type is RawType.BIT and not read.table.of_bits
        if single:
            other = bits.setdefault((read.table, read.address, read.bit), point)
            if other is not point:
                faults.add(
                    nodes[point.name], f"reads bit {read.bit} of {read.address}, as {other.name} does.", "Move one."
                )
                continue
        for address in range(read.address, read.address + (1 if read.table.of_bits else read.type.words)):
            other = taken.setdefault((read.table, address), point)
            if other is point or (single and isinstance(other.read, Register) and other.read.type is RawType.BIT):
                continue
            assert isinstance(other.read, Register)
            what = (
                f"reads {read.table} {read.address} as {read.type}, "
                f"but {other.name} reads {other.read.address} as {other.read.type}."
            )
            faults.add(nodes[point.name], what, "Move one.")
            break


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
    )


def check_alert(entry: Entry, faults: Faults) -> None:
    """A level needs an alert kind; an alert kind and an order need a level."""
    if entry["level"] is not None and not entry["alert"]:
        faults.add(entry.node, "has a level but no alert.", "Add `alert:`, the kind of the alert.")
    if entry["level"] is None and (entry["alert"] or entry["order"]):
        faults.add(
            entry.node, "has no level, so it makes no alert and no order.", "Add `level:`, or remove alert and order."
        )
