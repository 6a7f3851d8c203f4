"""The grammar of site files and people files, as tables. Loader, JSON Schema and documentation come from them."""

from datetime import timedelta

from facility.domain.asset import LinkKind
from facility.domain.channel import KINDS, Way
from facility.domain.role import Role
from facility.domain.serial_line import BAUD_RATES, Parity
from facility.domain.skill import Skill
from facility.domain.text import Language
from facility.site import channel_keys, link_keys
from facility.site.grammar_terms import A_NAME as _NAME
from facility.site.grammar_terms import A_SLUG as _SLUG
from facility.site.grammar_terms import LEVEL as _LEVEL
from facility.site.grammar_terms import NAMES as _NAMES
from facility.site.grammar_terms import NO_TIME as _NO_TIME
from facility.site.grammar_terms import PERSON, SLUG, TOPIC
from facility.site.grammar_terms import SLUGS as _SLUGS
from facility.site.grammar_terms import TITLE as _TITLE
from facility.site.grammar_terms import WHEN as _WHEN
from facility.site.grammar_terms import optional as _optional
from facility.site.kinds import Choice, Day, Duration, Flag, Integer, Number, Text, Zone
from facility.site.plan_grammar import CALENDAR, PLAN, QUALITY_LIST
from facility.site.records import Field, Free, ListOf, MapOf, Names, Raw, Record
from facility.site.request_grammar import REQUESTS
from facility.site.tariffs import TARIFFS

SPOT_CHECKS = Record(
    {
        "share": _optional(Number(0, 1), "share of the finished orders that a third person checks, 0 to 1", 0.1),
        "raised": _optional(Number(0, 1), "share after a failed spot check of the same person or team", 0.5),
        "orders": _optional(Integer(0, 1000), "how many checked orders the raised share holds for", 10),
    }
)
TEAM = Record(
    {"title": _TITLE, "spot_checks": _optional(SPOT_CHECKS, "other shares of spot checks than the estate's", None)}
)
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
        "buildings": _optional(ListOf(Text()), "buildings whose homes lie in it", []),
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
        "certificates": _optional(
            MapOf("a kind of certificate", _SLUG, Day()), "certificates and the day on which each expires", {}
        ),
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
        "spot_checks": _optional(SPOT_CHECKS, "how many finished orders a third person checks", None),
        "morning_at": _optional(
            Text("a time of day", r"([01]\d|2[0-3]):[0-5]\d", "07:30"),
            "when everybody is told what waits for them",
            "07:30",
        ),
        "channels": Field(MapOf("a channel", _SLUG, CHANNEL, 1), "message channels"),
        "watchdog": _optional(WATCHDOG, "who is told when our own programs fall silent", None),
        "drills": _optional(DRILLS, "what simulators play for the training of people", None),
        "plans": _optional(MapOf("a plan", _SLUG, PLAN), "maintenance and inspection plans", {}),
        "tariffs": _optional(TARIFFS, "what electricity, water and gas cost", {}),
        "certificate_kinds": _optional(
            MapOf("a kind of certificate", _SLUG, Names()), "what kinds of certificates are called on pages", {}
        ),
        "requests": _optional(REQUESTS, "requests and complaints: categories, clocks, the daily list", None),
        "quality_lists": _optional(
            MapOf("a checklist", _SLUG, QUALITY_LIST), "checklists of repairs; they go before those that ship", {}
        ),
        "calendar": _optional(CALENDAR, "working days of the site, and times that are closed for planned work", None),
        "publish": _optional(PUBLISH, "who else is told of the readings", None),
        "simulation": _optional(Free(), "for the simulators only", {}),
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
        "skills": _optional(
            MapOf("a skill", Text(f"a skill ({', '.join(Skill)})", "|".join(Skill), "electrician"), Day(open=True)),
            "what the person has learnt, each with the last day of its licence, if it has one",
            {},
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
