"""Makes the domain's Link of a link's entry, and refuses keys of another kind of link."""

from pathlib import Path

from facility.domain.asset import Link, LinkKind
from facility.domain.serial_line import SerialLine
from facility.site import link_keys
from facility.site.records import Entry
from facility.site.tree import Faults

_NAMES = {
    LinkKind.MODBUS_TCP: "a Modbus TCP link",
    LinkKind.MODBUS_RTU: "a serial link",
    LinkKind.MODBUS_RTU_TCP: "a serial link over TCP",
    LinkKind.MQTT: "an MQTT link",
}
_SERIAL_SERVER = "Write `kind: modbus_rtu_tcp` when host and port are a serial server; else remove {key}."
_LOCAL_LINE = "Write `kind: modbus_rtu` when the line is at this machine; else remove {key}."
_GATEWAY = "A gateway translates and has its own settings: remove {key}. A serial server carries RTU frames: `kind: modbus_rtu_tcp`."


def link_of(name: str, entry: Entry, folder: Path, faults: Faults) -> Link:
    """The link; what is wrong with its keys goes to the faults. Paths are relative to `folder`."""
    kind: LinkKind = entry["kind"]
    if entry.given("kind") and not faults.within(entry.at("kind")):
        _check_keys(kind, entry, faults)
    if entry["ca_file"] and not entry["tls"]:
        faults.add(entry.at("ca_file"), "ca_file is of no use without TLS.", "Add `tls: true`, or remove it.")
    return Link(
        id=name,
        title=entry["title"],
        kind=kind,
        host=entry["host"],
        port=entry["port"],
        username=entry["username"],
        password_file=_path(entry["password_file"], folder),
        ca_file=_path(entry["ca_file"], folder),
        tls=entry["tls"],
        connections=entry["connections"],
        lost_after=entry["lost_after"],
        area=entry["area"],
        serial=_serial(entry, folder) if kind.is_serial else None,
        fed_by=tuple(name for _, name in entry["fed_by"]),
    )


def _check_keys(kind: LinkKind, entry: Entry, faults: Faults) -> None:
    for key in link_keys.NEEDED[kind]:
        if not entry.given(key):
            about = {"host": "host name or address", "port": "TCP port", "device": "such as /dev/ttyUSB0"}[key]
            faults.add(entry.node, f"{key} is missing.", f"Add `{key}:` ({about}).")
    for key in link_keys.foreign(kind):
        if entry.given(key):
            faults.add(entry.at(key), *_foreign(kind, key))


def _foreign(kind: LinkKind, key: str) -> tuple[str, str]:
    """What is wrong with the key, and how to mend it."""
    if key == "connections":
        what = (
            "a serial line is one bus: it has one connection." if kind.is_serial else "an MQTT link is one connection."
        )
        return what, "Remove connections."
    mend = "Remove {key}."
    if kind is LinkKind.MODBUS_RTU and key in ("host", "port"):
        mend = _SERIAL_SERVER
    elif kind.is_modbus and key == "device":
        mend = _LOCAL_LINE
    elif kind is LinkKind.MODBUS_TCP and key in ("baud", "parity", "stop_bits", "data_bits"):
        mend = _GATEWAY
    return f"{_NAMES[kind]} has no {key}.", mend.format(key=key)


def _serial(entry: Entry, folder: Path) -> SerialLine:
    device = str(folder.absolute() / entry["device"]) if entry["device"] else ""
    return SerialLine(device, entry["baud"], entry["parity"], entry["stop_bits"])


def _path(text: str, folder: Path) -> Path | None:
    return folder / text if text else None
