"""Reads how a profile's device speaks MQTT: topics with their format and sequence, availability, and what a point may ask of them."""

from collections.abc import Mapping

from facility.domain.mqtt import Availability, Format, Stream
from facility.site import profile_grammar, tree
from facility.site.records import Entry
from facility.site.tree import Faults, Node, Scalar

_TEMPLATE = profile_grammar.STREAM.fields["topic"].kind
_METRICS = "{prefix}"  # Sparkplug's own topics are made of the prefix


def read_topics(nodes: Mapping[str, Node], faults: Faults) -> tuple[dict[str, str], dict[str, Stream]]:
    """Templates and streams by name; a topic is a template, or a mapping with topic, format and sequence."""
    topics: dict[str, str] = {}
    streams: dict[str, Stream] = {}
    for name, node in nodes.items():
        if not isinstance(node, tree.Mapping):
            topics[name] = _TEMPLATE.read(node, faults)
            continue
        entry = profile_grammar.STREAM.read(node, faults)
        topics[name] = entry["topic"]
        streams[name] = Stream(entry["format"], entry["sequence"])
        _check_stream(entry, faults)
    for name, template in topics.items():
        first = next(other for other, taken in topics.items() if taken == template)
        if template and first != name:
            faults.add(nodes[name], f"is the topic of {first} too.", "Keep one of them.")
    return topics, streams


def _check_stream(entry: Entry, faults: Faults) -> None:
    form = entry["format"]
    if form is not Format.JSON and entry.given("sequence"):
        what = "a plain payload has no sequence." if form is Format.PLAIN else "Sparkplug brings its own sequence."
        faults.add(entry.at("sequence"), what, "Remove sequence.")
    if form is Format.SPARKPLUG and entry["topic"] not in ("", _METRICS):
        faults.add(entry.at("topic"), "Sparkplug names its topics itself.", f'Write topic: "{_METRICS}".')


def read_availability(entry: Entry | None, topics: Mapping[str, str], faults: Faults) -> Availability | None:
    """Where the device says whether it is there; None when the profile does not say."""
    if entry is None:
        return None
    if entry["topic"] and entry["topic"] in topics.values():
        faults.add(entry.at("topic"), "is one of the topics that bring readings.", "Give the topic of the will.")
    if entry["online"] == entry["offline"]:
        faults.add(entry.at("offline"), "is the word for online too.", "Give the two payloads of the device.")
    return Availability(entry["topic"], entry["online"], entry["offline"])


def check_field(entry: Entry, stream: Stream, faults: Faults) -> None:
    """A point asks of a topic what messages of its format have: a path, a metric, or nothing but the payload."""
    for key, of in (("path", Format.JSON), ("time", Format.JSON), ("metric", Format.SPARKPLUG)):
        if entry.given(key) and stream.format is not of:
            what = f"a {stream.format} topic has no {key}."
            faults.add(entry.at(key), what, f"Remove {key}, or write `format: {of}` at the topic.")
    if stream.format is Format.JSON and not entry.given("path"):
        faults.add(entry.node, "path is missing.", "Add `path:`, where the value stands in the JSON document.")
    if stream.format is Format.SPARKPLUG and not entry.given("metric"):
        faults.add(entry.node, "metric is missing.", "Add `metric:`, the metric's name as in the birth certificate.")


def read_words(node: Node, *, plain: bool, faults: Faults) -> dict[int | str, str]:
    """Words of a bool → "true" or "false". Words of a plain topic stay words; JSON's numbers are numbers."""
    if not isinstance(node, tree.Mapping):
        faults.add(node, "must be a mapping of words to true or false.", "Write {open: true, closed: false}.")
        return {}
    words: dict[int | str, str] = {}
    for raw, item in node.items.items():
        meant = item.text if isinstance(item, Scalar) else ""
        if meant not in ("true", "false"):
            faults.add(item, f'"{meant}" is neither true nor false.', "Write true or false.")
        number = not plain and raw not in node.quoted and raw.isdecimal()
        words[int(raw) if number else raw] = meant
    return words
