"""MQTT brokers: reached, certificate, user, topics, sessions. Under a client id of our own: the collectors stay connected."""

import os
import socket
import ssl
from collections.abc import Iterator, Sequence

from facility.cli.doctor.finding import Check, Finding, Group, fine, note, wrong
from facility.cli.doctor.installation import Installation
from facility.cli.doctor.mqtt_wire import REFUSED, MqttWire, NoMqtt
from facility.domain.asset import Asset, Link, LinkKind, Site
from facility.domain.mqtt import SPARKPLUG_NAMESPACE, Format

LISTENS = 2.0  # seconds
OFTEN = 60.0  # seconds: a connection that is made anew more often on the average is taken away by somebody
SHOWN = 3  # topics named in a finding
BAD_USER, NOT_AUTHORISED, BAD_ID = 4, 5, 2


def checks(installation: Installation) -> list[Check]:
    """One for each broker with assets on it."""
    site = installation.site
    links = [link for link in site.links.values() if link.kind is LinkKind.MQTT] if site else []
    return [
        Check(Group.BROKER, f"broker {link.id}", lambda link=link: look(installation, link), within=30.0)  # type: ignore[misc]
        for link in links
        if site and topics_of(site, link)
    ]


def topics_of(site: Site, link: Link) -> list[str]:
    """What the collectors subscribe to on this link."""
    found: set[str] = set()
    for asset in site.assets.values():
        if asset.link == link.id and not asset.retired:
            found.update(_topics_of(asset))
    return sorted(found)


def _topics_of(asset: Asset) -> list[str]:
    profile = asset.profile
    if any(stream.format is Format.SPARKPLUG for stream in profile.streams.values()):
        group, node, *_ = asset.prefix.split("/")
        start = f"{SPARKPLUG_NAMESPACE}/{group}"
        of_node = [f"{start}/{kind}/{node}" for kind in ("NBIRTH", "NDEATH", "NDATA")]
        return of_node + [f"{start}/{kind}/{node}/+" for kind in ("DBIRTH", "DDEATH", "DDATA")]
    templates = [*profile.topics.values(), *([profile.availability.topic] if profile.availability else [])]
    return [asset.topic(template) for template in templates]


def look(installation: Installation, link: Link) -> Iterator[Finding]:
    """From the address to the first message."""
    site = installation.site
    assert site is not None
    facts: dict[str, object] = {
        "link": link.id,
        "place": link.place,
        "host": link.host,
        "port": link.port,
        "user": link.username or "-",
    }
    try:
        password = link.password_file.read_text(encoding="utf-8").strip() if link.password_file else ""
        yield from _converse(link, password, topics_of(site, link), facts)
    except ssl.SSLCertVerificationError as error:
        yield wrong(Group.BROKER, "certificate", why=error.verify_message, ca=link.ca_file or "-", **facts)
    except ssl.SSLError as error:
        yield wrong(Group.BROKER, "tls", why=error.reason or str(error), **facts)
    except socket.gaierror as error:
        yield wrong(Group.BROKER, "unknown_host", why=error.strerror or error, **facts)
    except NoMqtt:
        yield wrong(Group.BROKER, "no_mqtt", **facts)
    except OSError as error:
        yield wrong(Group.BROKER, "away", why=error.strerror or str(error) or type(error).__name__, **facts)
    yield from _taken(installation, link, facts)


def _converse(link: Link, password: str, topics: Sequence[str], facts: dict[str, object]) -> Iterator[Finding]:
    ours = f"facility-doctor-{os.getpid()}"
    with _wire(link) as wire:
        code, _ = wire.connect(ours, link.username, password, clean=False)
        if code:
            yield _refused(code, facts)
            return
        yield fine(Group.BROKER, "connected", tls="TLS" if link.tls else "TCP", **facts)
        yield from _topics(wire, topics, facts)
        wire.leave()
    with _wire(link) as wire:
        _, kept = wire.connect(ours, link.username, password, clean=False)
        yield (fine if kept else wrong)(Group.BROKER, "session" if kept else "no_session", **facts)
        wire.leave()
    with _wire(link) as wire:  # a clean session: the broker forgets the one that we made
        wire.connect(ours, link.username, password, clean=True)
        wire.leave()


def _wire(link: Link) -> MqttWire:
    context = ssl.create_default_context(cafile=str(link.ca_file) if link.ca_file else None) if link.tls else None
    return MqttWire(link.host, link.port, context)


def _refused(code: int, facts: dict[str, object]) -> Finding:
    if code in (BAD_USER, NOT_AUTHORISED):
        return wrong(Group.BROKER, "user" if facts["user"] != "-" else "anonymous", **facts)
    return wrong(Group.BROKER, "id_refused" if code == BAD_ID else "refused", code=code, **facts)


def _topics(wire: MqttWire, topics: Sequence[str], facts: dict[str, object]) -> Iterator[Finding]:
    """Some brokers (mosquitto) grant every subscription and then send nothing: silence is worth a note."""
    codes = wire.subscribe(topics)
    refused = [topic for topic, code in zip(topics, codes, strict=False) if code == REFUSED]
    facts = {**facts, "number": len(topics), "topics": ", ".join((refused or topics)[:SHOWN])}
    if refused:
        yield wrong(Group.BROKER, "topics_refused", refused=len(refused), **facts)
    elif wire.hears(LISTENS):
        yield fine(Group.BROKER, "topics", **facts)
    else:
        yield note(Group.BROKER, "nothing_comes", seconds=f"{LISTENS:g}", **facts)


def _taken(installation: Installation, link: Link, facts: dict[str, object]) -> Iterator[Finding]:
    """Two programs with one client id throw each other out, again and again."""
    site, figures = installation.site, installation.figures("collectors")
    connects = figures.get(f'facility_bus_connects_total{{link="{link.id}"}}', 0.0)
    started = figures.get('facility_process_start_time_seconds{program="collectors"}')
    if site is None or started is None or connects < 3:
        return
    age = installation.clock.now().timestamp() - started
    if age / connects < OFTEN:
        client = f"facility-{site.id}-{link.id}"
        yield wrong(
            Group.BROKER, "taken", client=client, connects=f"{connects:.0f}", minutes=f"{age / 60:.0f}", **facts
        )
