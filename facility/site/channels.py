"""Makes the domain's ChannelSpec of a channel's entry, and refuses what its kind cannot use."""

import ipaddress
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from facility.domain.asset import Link, LinkKind
from facility.domain.channel import KINDS, Way
from facility.domain.notice import ChannelSpec
from facility.site.channel_keys import SETTINGS
from facility.site.kinds import did_you_mean
from facility.site.records import Entry
from facility.site.tree import Faults, Node
from facility.site.tree import Mapping as Tree

_CALLBACK = ("callback_token_file", "callback_key_file")
_FILES = {"ca_file", *_CALLBACK}
_SCHEMES = {"email": ("smtp", "smtps")}
_URL_OF_ITS_OWN = {"wecom_app": "https://qyapi.weixin.qq.com"}


def channel_of(name: str, entry: Entry, folder: Path, links: Mapping[str, Link], faults: Faults) -> ChannelSpec:
    """The channel; what is wrong with it goes to the faults. Paths are relative to `folder`."""
    kind = entry["kind"]
    if kind in KINDS:
        _check_scheme(kind, entry, faults)
        _check_needs(kind, entry, faults)
    settings = _settings(kind, entry, faults)
    for key in _FILES & settings.keys():
        settings[key] = str(folder / str(settings[key]))
    given = [key for key in _CALLBACK if key in settings]
    if len(given) == 1:
        (missing,) = set(_CALLBACK) - set(given)
        faults.add(
            entry.at("settings"), f"{given[0]} is given, but {missing} is not.", f"Add `{missing}:`, or remove it."
        )
    if settings.get("username") and not entry["secret_file"]:
        faults.add(
            entry.at("settings"), "username is given, but no secret_file with the password.", "Add `secret_file:`."
        )
    link = _link(settings, entry, links, faults) if kind == "mqtt" else None
    url = entry["url"] or ("" if entry["url_file"] else _URL_OF_ITS_OWN.get(kind, ""))
    return ChannelSpec(
        id=name,
        kind=kind,
        url=url,
        url_file=folder / entry["url_file"] if entry["url_file"] else None,
        secret_file=folder / entry["secret_file"] if entry["secret_file"] else None,
        timeout=entry["timeout"] or KINDS[kind].timeout,
        settings=settings,
        way=entry["way"] or usual_way(kind, url, link),
        own_title=entry["title"],
    )


def usual_way(kind: str, url: str, link: Link | None) -> Way:
    """The kind's way; a webhook and a broker are local when their address is one of the site's own network."""
    host = link.host if link else _host(url) if kind == "webhook" else ""
    if not host:
        return KINDS[kind].way if kind in KINDS else Way.INTERNET
    return Way.LOCAL if _is_near(host) else Way.INTERNET


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _is_near(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith((".local", ".lan", ".internal"))


def _check_needs(kind: str, entry: Entry, faults: Faults) -> None:
    needs, title = KINDS[kind].needs, KINDS[kind].title.en
    check_one_address(entry, faults, needed="url" in needs)
    for key in needs:
        if key != "url" and not entry[key]:
            needed = f"kind {kind} ({title}) needs {key}, which is missing."
            what = "a webhook is signed, but secret_file is missing." if kind == "webhook" else needed
            faults.add(entry.node, what, f"Add `{key}:`.")


def check_one_address(entry: Entry, faults: Faults, *, needed: bool = True) -> None:
    """An entry has `url` or `url_file`, never both; none only where its kind can do without."""
    if entry.given("url") and entry.given("url_file"):
        faults.add(entry.node, "has url and url_file.", "Give one of them.")
    elif needed and not entry.given("url") and not entry.given("url_file"):
        faults.add(entry.node, "has neither url nor url_file.", "Give one of them.")


def _check_scheme(kind: str, entry: Entry, faults: Faults) -> None:
    if not entry["url"]:
        return
    schemes = _SCHEMES.get(kind, ("http", "https"))
    if not _usable(entry["url"], schemes):
        example = "smtp://mail.example.org:587" if kind == "email" else "https://example.org/hook"
        wanted = f"an {schemes[0]} or {schemes[1]} address"
        faults.add(entry.at("url"), f'"{entry["url"]}" is not {wanted}.', f"Write it like {example}.")


def _usable(url: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets that do not close, a port that is none
        return False


def _settings(kind: str, entry: Entry, faults: Faults) -> dict[str, object]:
    """The kind's settings with their defaults; what is not given and has none is left out."""
    record = SETTINGS.get(kind)
    if record is None:
        return {}
    node: Node = entry["settings"] or Tree(entry.node.file, entry.node.line, f"{entry.node.path}.settings", {})
    values = record.read(node, faults).values
    return {key: value for key, value in values.items() if value is not None and value != ""}


def _link(settings: Mapping[str, object], entry: Entry, links: Mapping[str, Link], faults: Faults) -> Link | None:
    name = str(settings.get("link", ""))
    link = links.get(name)
    if name and link is None:
        faults.add(entry.at("settings"), f"link {name} does not exist.", did_you_mean(name, links))
    elif link is not None and link.kind is not LinkKind.MQTT:
        faults.add(entry.at("settings"), f"link {name} is {link.kind}, not MQTT.", "Name a link of kind mqtt.")
    return link
