"""The grammar of device profiles, as tables."""

from datetime import timedelta

from facility.domain.mqtt import Format
from facility.domain.profile import ByteOrder, Coding, Grade, RawType, System, Table
from facility.domain.unit import Unit
from facility.site.grammar import RULE
from facility.site.grammar_terms import A_NAME, JSON_PATH, NO_TIME, TITLE, optional
from facility.site.kinds import Choice, Codes, Duration, Flag, Integer, Number, Text
from facility.site.records import Field, ListOf, MapOf, Names, Raw, Record

MODBUS = Record(
    {
        "max_registers": optional(Integer(1, 125), "registers in one request", 125),
        "max_bits": optional(Integer(1, 2000), "bits in one request", 2000),
        "max_gap": optional(Integer(0, 124), "unused registers that a request may read across; 0: none", 8),
        "timeout": optional(Duration(positive=True), "how long to wait for an answer", timedelta(seconds=1)),
        "pause": optional(Duration(), "rest between two requests", NO_TIME),
        "silent_interval": optional(
            Duration(), "RTU: silence of the line before a request; without it 3.5 characters", NO_TIME
        ),
        "order": optional(
            Choice("a byte order of 32 bits", [order for order in ByteOrder if order.words == 2], ByteOrder),
            "byte order of 32-bit values, and with it of 64-bit ones",
            ByteOrder.ABCD,
        ),
        "base": optional(
            Choice("a base", ("0", "1"), int),
            "0: addresses are wire addresses; 1: they count from 1, wire = address − 1",
            0,
        ),
        "page": optional(Integer(0, 65536), "no request crosses a multiple of this wire address; 0: no pages", 0),
        "single": optional(Flag(), "one value a request", False),
    }
)
REGISTER = Record(
    {
        "table": Field(Choice("a Modbus table", [*Table], Table), "coil, discrete, holding or input"),
        "address": Field(Integer(0, 65536), "first register or bit, counted from the profile's `base`"),
        "type": optional(Choice("a type", [*RawType], RawType), "how the raw words are read; bit for bit tables", None),
        "order": optional(Choice("a byte order", [*ByteOrder], ByteOrder), "byte order, when not the device's", None),
        "bit": optional(Integer(0, 15), "bit of the word, 0 is the lowest; of bits and enum the lowest bit", 0),
        "width": optional(Integer(1, 16), "bits, enum: number of bits", 16),
        "length": optional(Integer(1, 125), "string: number of registers, two characters each", 0),
        "radix": optional(Integer(2, 65536), "uint32: value = high word × radix + low word", 0),
        "coding": optional(
            Choice("a coding", [coding for coding in Coding if coding], Coding),
            "quadrant_power_factor or offset_bytes: how the maker wraps the number",
            Coding.PLAIN,
        ),
        "scale": optional(Number(), "value = raw × scale + offset", 1.0),
        "offset": optional(Number(), "value = raw × scale + offset", 0.0),
        "scale_by": optional(ListOf(A_NAME, least=1), "points of this device that the value is multiplied by", ()),
        "decimals": optional(A_NAME, "point of this device that tells how many decimal places the value has", ""),
        "sentinels": optional(ListOf(Codes()), "raw codes, or ranges of codes, that mean “not available”", ()),
    }
)
COUNTER = Record({"wraps_at": Field(Number(), "first value that the counter does not reach, in the point's unit")})
JSON_FIELD = Record(
    {
        "topic": Field(A_NAME, "name of one of the profile's topics"),
        "path": optional(Text("a JSON path", JSON_PATH, "$.barrier.position"), "JSON: where the value stands", ""),
        "metric": optional(Text("a metric's name"), "Sparkplug: the metric's name", ""),
        "type": Field(Choice("a type", ("number", "bool", "enum", "text")), "number, bool, enum or text"),
        "scale": optional(Number(), "value = number × scale + offset", 1.0),
        "offset": optional(Number(), "value = number × scale + offset", 0.0),
        "time": optional(Text("a JSON path", JSON_PATH, "$.barrier.position"), "where the source's time stands", ""),
    }
)
_TEMPLATE = Text("a topic template with {prefix}", r"\{prefix\}(/[^#+/\s]+)*", "{prefix}/state")
STREAM = Record(
    {
        "topic": Field(_TEMPLATE, "topic template with {prefix}"),
        "format": optional(Choice("a format", [*Format], Format), "json, plain or sparkplug", Format.JSON),
        "sequence": optional(
            Text("a JSON path", JSON_PATH, "$.sequence"), "JSON: where the number stands that the device counts up", ""
        ),
    }
)
AVAILABILITY = Record(
    {
        "topic": Field(_TEMPLATE, "topic template with {prefix}"),
        "online": optional(Text("a word", r"\S.*", "online"), "payload while the device is there", "online"),
        "offline": optional(
            Text("a word", r"\S.*", "offline"), "payload when it is gone: the device's will", "offline"
        ),
    }
)
POINT = Record(
    {
        "title": TITLE,
        "unit": optional(Choice("a unit", [*Unit], Unit), "unit of the value", Unit.NONE),
        "every": Field(Duration(positive=True), "poll period; MQTT: longest expected silence"),
        "range": optional(ListOf(Number(), least=2), "measuring range [low, high]; outside is bad", ()),
        "deadband": optional(Number(0), "smallest change stored in history", 0.0),
        "counter": optional(
            Raw({"anyOf": [{"type": "boolean"}, COUNTER.schema()]}),
            "a total that only grows: true, or {wraps_at: …}; a fall is a wrap or a reset",
            None,
        ),
        "main": optional(Flag(), "shown first on overviews", False),
        "grade": optional(
            Choice("a grade of a point", (Grade.MAKER, Grade.PROJECT), Grade),
            "grade of its facts, when not the device's",
            None,
        ),
        "labels": optional(MapOf("a label", A_NAME, Names(), 1), "enum: labels in both languages", {}),
        "codes": optional(
            Raw({"type": "object", "additionalProperties": {"type": ["string", "boolean"]}}),
            "enum: raw code or word → label; MQTT bool: word → true or false",
            None,
        ),
        "read": Field(Raw({"anyOf": [REGISTER.schema(), JSON_FIELD.schema()]}), "where and how it is read"),
    }
)
DEVICE = Record(
    {
        "maker": Field(Text(), "who makes it"),
        "model": Field(Text(), "which models it fits"),
        "manual": Field(Text(), "title, edition and pages of the manual, or the public project"),
        "grade": Field(
            Choice("a grade", [*Grade], Grade), "O (maker's text), S (public project) or mixed (the points say which)"
        ),
        "unconfirmed": optional(Names(), "what is to be tried on a device first: {en: …, zh: …}", None),
    }
)
PROFILE = Record(
    {
        "profile": Field(A_NAME, "the profile's name, as the file's"),
        "title": TITLE,
        "class": Field(A_NAME, "measurement in history: meter, pump, tank …"),
        "system": Field(Choice("a system", [*System], System), "power, water, fire, gas or parking"),
        "protocol": Field(Choice("a protocol", ("modbus", "mqtt")), "modbus or mqtt"),
        "source": optional(Text(), "generic: no device of any one maker", ""),
        "device": optional(DEVICE, "the real device, and where its facts come from", None),
        "modbus": optional(MODBUS, "what the device allows in one request", None),
        "topics": optional(
            MapOf("a topic", A_NAME, Raw({"anyOf": [_TEMPLATE.schema(), STREAM.schema()]})),
            "MQTT: topics",
            {},
        ),
        "availability": optional(AVAILABILITY, "MQTT: where the device says whether it is there", None),
        "points": Field(MapOf("a point", A_NAME, POINT, 1), "what it measures or reports"),
        "rules": optional(MapOf("a rule", A_NAME, RULE), "rules over its points", {}),
    }
)
