"""Settings of each kind of message channel: for the loader, and as JSON Schema for editors."""

from collections.abc import Mapping

from facility.domain.channel import KINDS
from facility.site.kinds import Choice, Flag, Integer, Kind, Schema, Text
from facility.site.records import Field, Record

_HOST_URL = Text("an http or https address", r"https?://\S+", "http://proxy.example.org:3128")
_SLUG = Text("a name of small letters, digits and hyphens", "[a-z0-9]+(-[a-z0-9]+)*", "broker")


def _optional(kind: Kind, about: str, default: object = None) -> Field:
    return Field(kind, about, required=False, default=default)


LIMITS: Mapping[str, Field] = {
    "per_minute": _optional(Integer(0, 100_000), "messages a minute that the vendor takes; 0: no limit"),
    "per_month": _optional(Integer(0, 100_000_000), "messages a month that the vendor takes; 0: no limit"),
}
_PROXY = {"proxy": _optional(_HOST_URL, "HTTP proxy on the way to the vendor")}
_MODEM = {
    "device": Field(Text("a path"), "serial port of the modem: /dev/serial/by-id/… stays the same over restarts"),
    "baud": _optional(Integer(1200, 921_600), "speed of the serial port", 115_200),
}
_GATEWAY = {
    "receipts": _optional(Flag(), "the gateway reports what became of each message: only its receipt is proof", True)
}
SETTINGS: Mapping[str, Record] = {
    "wecom_robot": Record({**LIMITS, **_PROXY}),
    "wecom_app": Record(
        {
            "corp_id": Field(Text(), "the company's id (企业ID)"),
            "agent_id": Field(Integer(1, 2**31 - 1), "the app's id (AgentId)"),
            "callback_token_file": _optional(
                Text("a path"), "file with the Token of the app's call-back: messages become cards that acknowledge"
            ),
            "callback_key_file": _optional(Text("a path"), "file with the call-back's EncodingAESKey"),
            **LIMITS,
            **_PROXY,
        }
    ),
    "dingtalk_robot": Record(
        {
            "keyword": _optional(Text(), "word without which the robot refuses a message (自定义关键词)"),
            **LIMITS,
            **_PROXY,
        }
    ),
    "feishu_robot": Record(
        {
            "keyword": _optional(Text(), "word without which the robot drops a message (自定义关键词)"),
            **LIMITS,
            **_PROXY,
        }
    ),
    "email": Record(
        {
            "from": Field(Text("a mail address", r"[^@\s<>]+@[^@\s<>]+", "facility@example.org"), "sender's address"),
            "username": _optional(Text(), "who signs in; with secret_file"),
            "security": _optional(
                Choice("a kind of encryption", ("starttls", "tls", "none")),
                "starttls (port 587), tls (port 465) or none",
                "",
            ),
            "ca_file": _optional(Text("a path"), "authority of the server's certificate, when it is no public one"),
            **LIMITS,
        }
    ),
    "webhook": Record({**LIMITS, **_PROXY}),
    "mqtt": Record(
        {
            "link": Field(_SLUG, "MQTT link of the broker, with a user who may publish"),
            "topic": Field(
                Text("a topic without wildcards", r"[^#+/\s]+(/[^#+/\s]+)*", "site/siren"), "topic to publish on"
            ),
            "answer": _optional(Flag(), "the device answers on <topic>/answer: only its answer is proof", False),
            **LIMITS,
        }
    ),
    "apprise": Record({**LIMITS}),
    "sms_gateway": Record({**_GATEWAY, **LIMITS, **_PROXY}),
    "voice_gateway": Record({**_GATEWAY, **LIMITS, **_PROXY}),
    "modem_sms": Record(
        {**_MODEM, "parts": _optional(Integer(1, 10), "parts of 67 characters that one message may take", 3), **LIMITS}
    ),
    "modem_call": Record({**_MODEM, **LIMITS}),
}
"""Settings by kind of channel."""


def conditions() -> Schema:
    """The settings of each kind, and what it needs beside them, as JSON Schema."""
    return {
        "allOf": [
            {
                "if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]},
                "then": {
                    "properties": {"settings": record.schema()},
                    "required": _required(kind, record),
                },
            }
            for kind, record in SETTINGS.items()
        ]
    }


def _required(kind: str, record: Record) -> list[str]:
    needed = [key for key in KINDS[kind].needs if key != "url"]  # url_file may stand for it
    return [*needed, "settings"] if any(field.required for field in record.fields.values()) else needed
