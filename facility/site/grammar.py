"""The grammar of site files, profiles and people files, as tables. Loader, JSON Schema and documentation come from them."""

from datetime import timedelta

from facility.domain.asset import LinkKind
from facility.domain.channel import KINDS, Way
from facility.domain.mqtt import Format
from facility.domain.order import WorkKind
from facility.domain.plan import Cadence
from facility.domain.profile import ByteOrder, Coding, Grade, RawType, System, Table
from facility.domain.role import Role
from facility.domain.serial_line import BAUD_RATES, Parity
from facility.domain.text import Language
from facility.domain.unit import Unit
from facility.site import channel_keys, link_keys
from facility.site.kinds import Choice, Codes, Day, Duration, Flag, Integer, Number, Text, Zone
from facility.site.records import Field, Free, ListOf, MapOf, Names, Raw, Record

SLUG = "[a-z0-9]+(-[a-z0-9]+)*"
NAME = "[a-z][a-z0-9]*(_[a-z0-9]+)*"
PERSON = "[a-z0-9]+([._-][a-z0-9]+)*"
JSON_PATH = r"\$(\.[A-Za-z_][A-Za-z0-9_-]*|\[[0-9]+\])*"
TOPIC = r"[^#+/\s]+(/[^#+/\s]+)*"
_NO_TIME = timedelta(0)


def _optional(kind: object, about: str, default: object) -> Field:
    return Field(kind, about, required=False, default=default)  # type: ignore[arg-type]


_TITLE = Field(Names(), "name in both languages: {en: …, zh: …}")
_SLUG = Text("a name of small letters, digits and hyphens", SLUG, "pump-room-1")
_NAME = Text("a name of small letters, digits and underscores", NAME, "outlet_pressure")
_SLUGS = ListOf(_SLUG)
_NAMES = ListOf(_NAME)
_LEVEL = Choice("a level", ("1", "2", "3"), int)
_WHEN = Raw({"$ref": "#/$defs/when"})
_VALUE = Raw({"type": ["string", "number", "boolean"]})

TEAM = Record({"title": _TITLE})
POSITION = Record(
    {
        "title": _TITLE,
        "team": Field(_SLUG, "team that the position belongs to"),
        "role": Field(Choice("a role", [*Role], Role), "role of whoever fills it"),
    }
)
AREA = Record(
    {
        "title": _TITLE,
        "owner": Field(_SLUG, "position of the administrator who answers for the area"),
        "parent": _optional(_SLUG, "area that this one lies in", ""),
    }
)
LINK = Record(
    {
        "title": _TITLE,
        "kind": Field(
            Choice("a kind of link", [*LinkKind], LinkKind),
            "modbus_tcp (a device or gateway), modbus_rtu (a serial line), modbus_rtu_tcp (a serial server) or mqtt (a broker)",
        ),
        "host": _optional(
            Text("a host name or address", r"[A-Za-z0-9._:-]+", "192.168.1.20"),
            "host name or address; not of modbus_rtu",
            "",
        ),
        "port": _optional(Integer(1, 65535), "TCP port; not of modbus_rtu", 0),
        "device": _optional(Text("a path of a serial port", r"\S+", "/dev/ttyUSB0"), "modbus_rtu: serial port", ""),
        "baud": _optional(
            Choice("a baud rate", [str(rate) for rate in BAUD_RATES], int), "serial: bits a second", 9600
        ),
        "parity": _optional(Choice("a parity", [*Parity], Parity), "serial: none, even or odd", Parity.NONE),
        "stop_bits": _optional(Choice("a number of stop bits", ("1", "2"), int), "serial: 1 or 2", 1),
        "data_bits": _optional(Choice("the data bits of RTU", ("8",), int), "serial: 8, as RTU has it", 8),
        "area": _optional(_SLUG, "area in which the gateway stands", ""),
        "username": _optional(Text("a user name", empty=True), "MQTT: user name", ""),
        "password_file": _optional(
            Text("a path", empty=True), "MQTT: file with the password, relative to the site file", ""
        ),
        "tls": _optional(Flag(), "MQTT: TLS", False),
        "ca_file": _optional(Text("a path", empty=True), "MQTT: file with the authority's certificate", ""),
        "connections": _optional(Integer(1, 16), "modbus_tcp: parallel connections that the gateway takes", 1),
        "lost_after": _optional(
            Duration(positive=True), "silence of all its assets after which the link is lost", timedelta(seconds=60)
        ),
        "fed_by": _optional(_SLUGS, "assets that feed the gateway with electricity; none: it has its own supply", ()),
    },
    also=link_keys.conditions(),
)
CHANGE = Record(
    {
        "limit": _optional(Number(), "another limit", None),
        "hysteresis": _optional(Number(0), "another hysteresis", None),
        "hold": _optional(Duration(), "another delay before the condition opens", None),
        "clear_hold": _optional(Duration(), "another delay before it ends", None),
        "level": _optional(_LEVEL, "another level", None),
        "consequence_of": _optional(_NAMES, "other kinds of alerts that explain it", None),
    }
)
ASSET = Record(
    {
        "title": _TITLE,
        "profile": Field(_NAME, "device profile"),
        "area": Field(_SLUG, "area in which it stands"),
        "operating": Field(_SLUG, "position that operates or inspects it"),
        "maintaining": Field(_SLUG, "position that maintains it"),
        "link": Field(_SLUG, "link over which it is read"),
        "unit": _optional(Integer(1, 247), "Modbus unit", 0),
        "prefix": _optional(
            Text("a topic prefix without wildcards", TOPIC, "garden/gates/north-in"), "MQTT: topic prefix", ""
        ),
        "fed_by": _optional(_SLUGS, "assets that feed it with electricity", ()),
        "supplied_by": _optional(_SLUGS, "assets that supply it with water or gas", ()),
        "behind": _optional(_SLUG, "asset whose loss takes its communication along", ""),
        "was": _optional(_SLUGS, "earlier names of this asset", ()),
        "retired": _optional(Flag(), "no longer in use; its history stays", False),
        "rules": _optional(
            MapOf("a rule", _NAME, Raw({"anyOf": [{"const": "off"}, CHANGE.schema()]})),
            "changes to the profile's rules: `off`, or another limit, hysteresis, hold, clear_hold, level",
            {},
        ),
    }
)
_ORDER = _optional(Flag(), "its alert opens a corrective order", False)
_HOLD = _optional(Duration(), "how long it must be true before the condition opens", _NO_TIME)
_CLEAR = _optional(Duration(), "how long it must be false before the condition ends", _NO_TIME)
_LATCHED = _optional(
    Flag(), "its alert ends only by a reset and an acknowledgement; it cannot be shelved, suppressed or delayed", False
)
_RESET_BY = _optional(
    _NAME,
    "latched: rule of the same asset that opens when the panel is reset, or this rule's own name when the panel holds"
    " the signal until then; without it, a person enters the reset",
    "",
)
_CONSEQUENCE = _optional(_NAMES, "kinds of alerts upstream that explain it: it is then told by theirs", ())
REMARK = Record(
    {
        "asset": Field(_SLUG, "asset whose condition it is"),
        "condition": Field(_NAME, "rule of the asset"),
        "yes": Field(Names(), "said while the condition is open"),
        "no": Field(Names(), "said while it is known not to be; unknown says nothing"),
    }
)
RULE = Record(
    {
        "title": _TITLE,
        "when": Field(_WHEN, "expression over the points of the device"),
        "hold": _HOLD,
        "clear_hold": _CLEAR,
        "level": _optional(_LEVEL, "level of its alert; without it, only an input of site rules", None),
        "alert": _optional(_NAME, "kind of its alert", ""),
        "order": _ORDER,
        "latched": _LATCHED,
        "reset_by": _RESET_BY,
        "consequence_of": _CONSEQUENCE,
    }
)
SITE_RULE = Record(
    {
        "title": _TITLE,
        "when": Field(_WHEN, "expression over conditions and points of several assets"),
        "asset": Field(_SLUG, "asset that stands for the alert: where it is"),
        "level": Field(_LEVEL, "level of its alert"),
        "alert": Field(_NAME, "kind of its alert"),
        "hold": _HOLD,
        "clear_hold": _CLEAR,
        "order": _ORDER,
        "latched": _LATCHED,
        "reset_by": _RESET_BY,
        "consequence_of": _CONSEQUENCE,
        "says": _optional(ListOf(REMARK), "what else its message says, by a second condition", ()),
    }
)
SUPPRESSED_RULE = Record(
    {"asset": Field(_SLUG, "asset"), "rule": Field(_NAME, "rule of the asset, or of the site at this asset")}
)
SUPPRESSION = Record(
    {
        "title": _TITLE,
        "rules": Field(ListOf(SUPPRESSED_RULE, least=1), "rules that are not told meanwhile; none that is latched"),
        "while": Field(_WHEN, "expression over conditions and points of several assets; unknown suppresses nothing"),
    }
)
RUNG = Record(
    {
        "position": Field(
            Text(
                "a position, or @area_owner, @maintaining, @operating",
                f"{SLUG}|@area_owner|@maintaining|@operating",
                "@area_owner",
            ),
            "who is told: a position, @area_owner, @maintaining or @operating",
        ),
        "channels": Field(ListOf(_SLUG, least=1), "channels, in this order"),
        "after": _optional(Duration(), "how long after the alert was raised, unless acknowledged", _NO_TIME),
    }
)
CHANNEL = Record(
    {
        "kind": Field(Choice("a kind of channel", (*KINDS,)), ", ".join(KINDS)),
        "title": _optional(Names(), "what pages call it, in both languages; else the kind's name", None),
        "way": _optional(
            Choice("a way", [*Way], Way), "internet, local or phone: how it leaves; else the kind's usual way", None
        ),
        "url": _optional(Text("an address", r"[a-z]+://\S+", "https://example.org/hook"), "address to send to", ""),
        "url_file": _optional(Text("a path"), "file with the address, when it is a secret", ""),
        "secret_file": _optional(
            Text("a path"), "file with the key, secret or password, relative to the site file", ""
        ),
        "timeout": _optional(
            Duration(positive=True),
            "how long to wait for the answer; else 15s, by e-mail 20s, SMS modem 30s, call 45s",
            None,
        ),
        "settings": _optional(Raw({"type": "object"}), "further settings of this kind of channel", None),
    },
    also=channel_keys.conditions(),
)
DEAD_MAN = Record(
    {
        "url": _optional(
            Text("an http or https address", r"https?://\S+", "https://example.org/ping"), "address to post to", ""
        ),
        "url_file": _optional(Text("a path"), "file with the address, when it is a secret", ""),
        "every": _optional(Duration(positive=True), "time between two signs", timedelta(seconds=60)),
    }
)
TOLD = Record(
    {
        "position": Field(_SLUG, "position whose people are told"),
        "channels": Field(ListOf(_SLUG, least=1), "channels, in this order"),
    }
)
WATCHDOG = Record(
    {
        "tell": Field(ListOf(TOLD, least=1), "who is told when scheduler, collectors or a database are silent"),
        "silent_for": _optional(Duration(positive=True), "without a sign of life: it is told", timedelta(seconds=60)),
        "repeat": _optional(Duration(positive=True), "told again after, while it lasts", timedelta(minutes=30)),
        "dead_man": _optional(DEAD_MAN, "outside service that calls when no sign of ours comes", None),
    }
)
DRILLS = Record(
    {
        "simulators": Field(
            Text("an http or https address", r"https?://\S+", "http://127.0.0.1:8090"),
            "address of the simulators' control",
        ),
        "links": Field(
            ListOf(_SLUG, least=1), "links that simulators serve: only what happens there is ever of a drill"
        ),
    }
)
ITEM = Record({"title": _TITLE, "point": _optional(_NAME, "point whose measured value is asked for", "")})
PLAN = Record(
    {
        "title": _TITLE,
        "kind": Field(
            Choice("a kind of planned work", ("inspection", "maintenance"), WorkKind), "inspection or maintenance"
        ),
        "cadence": Field(Choice("a cadence", [*Cadence], Cadence), "weekly, monthly, quarterly, half_yearly or yearly"),
        "assets": Field(ListOf(_SLUG, least=1), "assets it is done to"),
        "by": Field(Choice("a side", ("operating", "maintaining")), "which position of the asset does it"),
        "start": Field(Day(), "no window that ends before this day"),
        "items": Field(ListOf(ITEM, least=1), "checklist"),
        "source": _optional(Text(), "clause and edition that ask for it", ""),
    }
)
HOME_ASSISTANT = Record(
    {
        "link": Field(_SLUG, "MQTT link of the broker that Home Assistant listens to, with a user who may publish"),
        "prefix": _optional(
            Text("a topic prefix without wildcards", TOPIC, "homeassistant"),
            "first levels of its discovery topics",
            "homeassistant",
        ),
        "every": _optional(
            Duration(positive=True), "a value that keeps changing is told so often at most", timedelta(seconds=5)
        ),
    }
)
PUBLISH = Record({"home_assistant": _optional(HOME_ASSISTANT, "readings appear in an existing Home Assistant", None)})
SITE = Record(
    {
        "site": Field(_SLUG, "name of the estate in data: never change it"),
        "title": _TITLE,
        "zone": Field(Zone(), "time zone"),
        "language": Field(
            Choice("a language", [*Language], Language), "language of messages without a reader: zh-CN or en"
        ),
        "public_url": _optional(
            Text("an http or https address", r"https?://\S+", "https://example.org/hook"),
            "how phones reach the pages",
            "",
        ),
        "teams": Field(MapOf("a team", _SLUG, TEAM, 1), "teams"),
        "positions": Field(MapOf("a position", _SLUG, POSITION, 1), "positions that people fill"),
        "areas": Field(MapOf("an area", _SLUG, AREA, 1), "areas and their owners"),
        "links": Field(MapOf("a link", _SLUG, LINK, 1), "wires: gateways and brokers"),
        "assets": Field(MapOf("an asset", _SLUG, ASSET, 1), "equipment"),
        "rules": _optional(MapOf("a rule", _NAME, SITE_RULE), "rules over several assets", {}),
        "ladders": Field(
            MapOf("a ladder", Text("a level", "[123]", "1"), ListOf(RUNG, least=1), 1), "who is told, by level"
        ),
        "repeat_every": _optional(
            MapOf("a level", Text("a level", "[123]", "1"), Duration(positive=True)),
            "how long after its last step a ladder is climbed again, until somebody acknowledges, by level",
            {},
        ),
        "suppressions": _optional(
            MapOf("a suppression", _NAME, SUPPRESSION), "alerts that are not told while something else is true", {}
        ),
        "channels": Field(MapOf("a channel", _SLUG, CHANNEL, 1), "message channels"),
        "watchdog": _optional(WATCHDOG, "who is told when our own programs fall silent", None),
        "drills": _optional(DRILLS, "what simulators play for the training of people", None),
        "plans": _optional(MapOf("a plan", _SLUG, PLAN), "maintenance and inspection plans", {}),
        "publish": _optional(PUBLISH, "who else is told of the readings", None),
        "simulation": _optional(Free(), "for the simulators only", {}),
    }
)

MODBUS = Record(
    {
        "max_registers": _optional(Integer(1, 125), "registers in one request", 125),
        "max_bits": _optional(Integer(1, 2000), "bits in one request", 2000),
        "max_gap": _optional(Integer(0, 124), "unused registers that a request may read across; 0: none", 8),
        "timeout": _optional(Duration(positive=True), "how long to wait for an answer", timedelta(seconds=1)),
        "pause": _optional(Duration(), "rest between two requests", _NO_TIME),
        "silent_interval": _optional(
            Duration(), "RTU: silence of the line before a request; without it 3.5 characters", _NO_TIME
        ),
        "order": _optional(
            Choice("a byte order of 32 bits", [order for order in ByteOrder if order.words == 2], ByteOrder),
            "byte order of 32-bit values, and with it of 64-bit ones",
            ByteOrder.ABCD,
        ),
        "base": _optional(
            Choice("a base", ("0", "1"), int),
            "0: addresses are wire addresses; 1: they count from 1, wire = address − 1",
            0,
        ),
        "page": _optional(Integer(0, 65536), "no request crosses a multiple of this wire address; 0: no pages", 0),
        "single": _optional(Flag(), "one value a request", False),
    }
)
REGISTER = Record(
    {
        "table": Field(Choice("a Modbus table", [*Table], Table), "coil, discrete, holding or input"),
        "address": Field(Integer(0, 65536), "first register or bit, counted from the profile's `base`"),
        "type": _optional(
            Choice("a type", [*RawType], RawType), "how the raw words are read; bit for bit tables", None
        ),
        "order": _optional(Choice("a byte order", [*ByteOrder], ByteOrder), "byte order, when not the device's", None),
        "bit": _optional(Integer(0, 15), "bit of the word, 0 is the lowest; of bits and enum the lowest bit", 0),
        "width": _optional(Integer(1, 16), "bits, enum: number of bits", 16),
        "length": _optional(Integer(1, 125), "string: number of registers, two characters each", 0),
        "radix": _optional(Integer(2, 65536), "uint32: value = high word × radix + low word", 0),
        "coding": _optional(
            Choice("a coding", [coding for coding in Coding if coding], Coding),
            "quadrant_power_factor or offset_bytes: how the maker wraps the number",
            Coding.PLAIN,
        ),
        "scale": _optional(Number(), "value = raw × scale + offset", 1.0),
        "offset": _optional(Number(), "value = raw × scale + offset", 0.0),
        "scale_by": _optional(ListOf(_NAME, least=1), "points of this device that the value is multiplied by", ()),
        "decimals": _optional(_NAME, "point of this device that tells how many decimal places the value has", ""),
        "sentinels": _optional(ListOf(Codes()), "raw codes, or ranges of codes, that mean “not available”", ()),
    }
)
COUNTER = Record({"wraps_at": Field(Number(), "first value that the counter does not reach, in the point's unit")})
JSON_FIELD = Record(
    {
        "topic": Field(_NAME, "name of one of the profile's topics"),
        "path": _optional(Text("a JSON path", JSON_PATH, "$.barrier.position"), "JSON: where the value stands", ""),
        "metric": _optional(Text("a metric's name"), "Sparkplug: the metric's name", ""),
        "type": Field(Choice("a type", ("number", "bool", "enum", "text")), "number, bool, enum or text"),
        "scale": _optional(Number(), "value = number × scale + offset", 1.0),
        "offset": _optional(Number(), "value = number × scale + offset", 0.0),
        "time": _optional(Text("a JSON path", JSON_PATH, "$.barrier.position"), "where the source's time stands", ""),
    }
)
_TEMPLATE = Text("a topic template with {prefix}", r"\{prefix\}(/[^#+/\s]+)*", "{prefix}/state")
STREAM = Record(
    {
        "topic": Field(_TEMPLATE, "topic template with {prefix}"),
        "format": _optional(Choice("a format", [*Format], Format), "json, plain or sparkplug", Format.JSON),
        "sequence": _optional(
            Text("a JSON path", JSON_PATH, "$.sequence"), "JSON: where the number stands that the device counts up", ""
        ),
    }
)
AVAILABILITY = Record(
    {
        "topic": Field(_TEMPLATE, "topic template with {prefix}"),
        "online": _optional(Text("a word", r"\S.*", "online"), "payload while the device is there", "online"),
        "offline": _optional(
            Text("a word", r"\S.*", "offline"), "payload when it is gone: the device's will", "offline"
        ),
    }
)
POINT = Record(
    {
        "title": _TITLE,
        "unit": _optional(Choice("a unit", [*Unit], Unit), "unit of the value", Unit.NONE),
        "every": Field(Duration(positive=True), "poll period; MQTT: longest expected silence"),
        "range": _optional(ListOf(Number(), least=2), "measuring range [low, high]; outside is bad", ()),
        "deadband": _optional(Number(0), "smallest change stored in history", 0.0),
        "counter": _optional(
            Raw({"anyOf": [{"type": "boolean"}, COUNTER.schema()]}),
            "a total that only grows: true, or {wraps_at: …}; a fall is a wrap or a reset",
            None,
        ),
        "main": _optional(Flag(), "shown first on overviews", False),
        "grade": _optional(
            Choice("a grade of a point", (Grade.MAKER, Grade.PROJECT), Grade),
            "grade of its facts, when not the device's",
            None,
        ),
        "labels": _optional(MapOf("a label", _NAME, Names(), 1), "enum: labels in both languages", {}),
        "codes": _optional(
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
        "unconfirmed": _optional(Names(), "what is to be tried on a device first: {en: …, zh: …}", None),
    }
)
PROFILE = Record(
    {
        "profile": Field(_NAME, "the profile's name, as the file's"),
        "title": _TITLE,
        "class": Field(_NAME, "measurement in history: meter, pump, tank …"),
        "system": Field(Choice("a system", [*System], System), "power, water, fire, gas or parking"),
        "protocol": Field(Choice("a protocol", ("modbus", "mqtt")), "modbus or mqtt"),
        "source": _optional(Text(), "generic: no device of any one maker", ""),
        "device": _optional(DEVICE, "the real device, and where its facts come from", None),
        "modbus": _optional(MODBUS, "what the device allows in one request", None),
        "topics": _optional(
            MapOf("a topic", _NAME, Raw({"anyOf": [_TEMPLATE.schema(), STREAM.schema()]})),
            "MQTT: topics",
            {},
        ),
        "availability": _optional(AVAILABILITY, "MQTT: where the device says whether it is there", None),
        "points": Field(MapOf("a point", _NAME, POINT, 1), "what it measures or reports"),
        "rules": _optional(MapOf("a rule", _NAME, RULE), "rules over its points", {}),
    }
)
PERSON_ENTRY = Record(
    {
        "name": Field(Text(), "name"),
        "language": Field(Choice("a language", [*Language], Language), "language of the messages: zh-CN or en"),
        "positions": Field(_SLUGS, "positions that the person fills"),
        "contacts": _optional(MapOf("a channel", _SLUG, Text()), "address on each channel: user id, number …", {}),
        "quiet": _optional(
            Text("quiet hours", r"([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]", "22:00-07:00"),
            "quiet hours by the site's clock: 22:00-07:00; level 1 comes all the same",
            "",
        ),
    }
)
PEOPLE = Record(
    {
        "people": Field(
            MapOf("a login", Text("a login of small letters and digits", PERSON, "li-wei"), PERSON_ENTRY, 1),
            "people by login",
        )
    }
)

_LIMIT = {
    "point": Field(_NAME, "point that is compared"),
    "below": _optional(Number(), "true when less", None),
    "above": _optional(Number(), "true when more", None),
    "equals": _optional(_VALUE, "true when equal", None),
    "differs": _optional(_VALUE, "true when not equal", None),
    "hysteresis": _optional(Number(0), "distance by which the value must come back", 0.0),
}
COMPARE = Record(_LIMIT)
ASSET_COMPARE = Record({"asset": Field(_SLUG, "asset whose point it is"), **_LIMIT})
CONDITION = Record({"asset": Field(_SLUG, "asset"), "condition": Field(_NAME, "rule of the asset, true while open")})
RATE = Record(
    {
        "point": Field(_NAME, "point that changes"),
        "rises_by": _optional(Number(), "change upwards", None),
        "falls_by": _optional(Number(), "change downwards", None),
        "within": Field(Duration(positive=True), "time in which it changes"),
    }
)
SILENCE = Record({"silent_for": Field(Duration(positive=True), "no fresh good reading for longer")})
ALL = Record({"all": Field(ListOf(_WHEN, least=1), "true when all are")})
ANY = Record({"any": Field(ListOf(_WHEN, least=1), "true when one is")})
NOT = Record({"not": Field(_WHEN, "true when the part is false")})
FORMS = {
    "all": ALL,
    "any": ANY,
    "not": NOT,
    "silent_for": SILENCE,
    "condition": CONDITION,
    "rises_by": RATE,
    "falls_by": RATE,
}
COMPARISONS = ("below", "above", "equals", "differs")
