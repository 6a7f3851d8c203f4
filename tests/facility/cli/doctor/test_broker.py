"""Brokers: mosquitto with password, access list and TLS; amqtt with topics that it refuses; things that are no broker."""

import asyncio
import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
import trustme
from amqtt.broker import Broker  # type: ignore[import-untyped]

from collectors.sparkplug import filters
from facility.bus import publisher
from facility.cli.doctor.broker import _converse, checks, look, topics_of
from facility.cli.doctor.finding import Severity
from facility.cli.doctor.installation import Installation
from facility.domain.asset import Link, LinkKind
from facility.domain.mqtt import Availability, Format, Stream
from facility.domain.state import ProgramState
from facility.domain.text import Title
from facility.store.live import SqlLive
from tests.facility.cli.doctor.conftest import ids
from tests.harness.ports import free_port
from tests.harness.servers import LOOPBACK, Process, Server, folder
from tests.harness.wait import until

WRONG, NOTE, FINE = Severity.WRONG, Severity.NOTE, Severity.FINE
CONFIGURATION = """
per_listener_settings false
allow_anonymous false
password_file {place}/passwords
acl_file {place}/acl
listener {port} 127.0.0.1
listener {tls} 127.0.0.1
certfile {place}/server.pem
keyfile {place}/server.key
{user}
"""
ACL = "user collectors\ntopic read #\n\nuser blind\ntopic read elsewhere/#\n\nuser devices\ntopic write #\n"


@pytest.fixture(scope="module")
def secured() -> Iterator[Server]:
    """mosquitto that knows three users, on a plain and on a TLS port."""
    program = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        pytest.skip("needs the program mosquitto")
    place = folder("mosquitto-secured")
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    authority.cert_pem.write_to_path(place / "ca.pem")
    certificate.private_key_pem.write_to_path(place / "server.key")
    certificate.cert_chain_pems[0].write_to_path(place / "server.pem")
    (place / "acl").write_text(ACL)
    for name in ("collectors", "blind", "devices"):
        flags = ["-b", "-c"] if name == "collectors" else ["-b"]
        subprocess.run(["mosquitto_passwd", *flags, place / "passwords", name, f"{name}-word"], check=True)
    for name in ("acl", "passwords"):
        (place / name).chmod(0o600)
    server = Process("mosquitto", "local binary", LOOPBACK, free_port(), {"tls": str(free_port()), "place": str(place)})
    user = f"user {pwd.getpwuid(os.getuid()).pw_name}"
    text = CONFIGURATION.format(place=place, port=server.port, tls=server.secrets["tls"], user=user)
    (place / "mosquitto.conf").write_text(text)
    yield server.begin([program, "-c", str(place / "mosquitto.conf")], place, _listens)
    server.stop()


def _listens(server: Server) -> bool:
    try:
        socket.create_connection((server.host, server.port), 1).close()
    except OSError:
        return False
    return True


def link(server: Server, user: str = "collectors", word: str = "", **changes: object) -> Link:
    """A link to the server as a user, with that user's own password unless another is given."""
    password = Path(server.secrets["place"]) / f"{user}.{word or 'own'}"
    password.write_text(word or f"{user}-word")
    made = Link("gates", Title("gates", "道闸"), LinkKind.MQTT, LOOPBACK, server.port, user, password)
    return replace(made, **changes)  # type: ignore[arg-type]


@pytest.fixture
def examined(installation: Installation) -> Callable[[Link], dict[str, Severity]]:
    return lambda link: ids(look(installation, link))


def test_all_is_well_while_devices_publish(
    installation: Installation, secured: Server, examined: Callable[[Link], dict[str, Severity]]
) -> None:
    site = installation.site
    assert site is not None
    topic = topics_of(site, site.links["gates"])[0]
    asyncio.run(_retain(link(secured, "devices"), topic))
    found = examined(link(secured))
    assert found == {"connected": FINE, "topics": FINE, "session": FINE}
    assert [check.about for check in checks(installation)] == ["broker gates"]


async def _retain(at: Link, topic: str) -> None:
    async with publisher(at, "device") as publish:
        await publish(topic, b"{}", retain=True)


def test_a_wrong_password_no_user_and_rights_that_starve(
    secured: Server, examined: Callable[[Link], dict[str, Severity]]
) -> None:
    assert examined(link(secured, word="guessed")) == {"user": WRONG}
    assert examined(link(secured, username="", password_file=None)) == {"anonymous": WRONG}
    assert examined(link(secured, "blind"))["nothing_comes"] is NOTE
    assert examined(link(secured, password_file=Path("/no/password"))) == {"away": WRONG}


def test_tls(secured: Server, examined: Callable[[Link], dict[str, Severity]]) -> None:
    port, ca = int(secured.secrets["tls"]), Path(secured.secrets["place"]) / "ca.pem"
    assert examined(link(secured, port=port, tls=True, ca_file=ca))["connected"] is FINE
    assert examined(link(secured, port=port, tls=True)) == {"certificate": WRONG}
    assert examined(link(secured, tls=True, ca_file=ca)).keys() & {"tls", "no_mqtt", "away"}
    assert examined(link(secured, port=port)).keys() & {"no_mqtt", "away"}


def test_topics_are_those_of_the_collectors(installation: Installation) -> None:
    site = installation.site
    assert site is not None
    asset = next(asset for asset in site.assets.values() if asset.link == "gates")
    profile = replace(asset.profile, streams={"data": Stream(Format.SPARKPLUG)})
    sparkplug = replace(asset, profile=profile, prefix="plant/edge/gate")
    assert topics_of(replace(site, assets={asset.id: sparkplug}), site.links["gates"]) == sorted(
        filters("plant", "edge")
    )
    told = replace(asset, profile=replace(asset.profile, availability=Availability("{prefix}/status")))
    assert f"{asset.prefix}/status" in topics_of(replace(site, assets={asset.id: told}), site.links["gates"])


def test_nobody_there(secured: Server, examined: Callable[[Link], dict[str, Severity]]) -> None:
    assert examined(link(secured, port=free_port())) == {"away": WRONG}
    assert examined(link(secured, host="no-such-host.invalid")) == {"unknown_host": WRONG}


def test_topics_that_are_refused_and_sessions_that_are_not_kept(secured: Server) -> None:
    port, ready, loop = free_port(), [], asyncio.new_event_loop()

    async def serve() -> Broker:
        broker = Broker(
            {
                "listeners": {"default": {"type": "tcp", "bind": f"{LOOPBACK}:{port}"}},
                "plugins": {
                    "amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True},
                    "amqtt.plugins.topic_checking.TopicTabooPlugin": {},
                },
            },
            loop=loop,
        )
        await broker.start()
        ready.append(broker)
        return broker

    thread = Thread(target=lambda: (loop.run_until_complete(serve()), loop.run_forever()), daemon=True)
    thread.start()
    until(lambda: ready, "amqtt listens")
    at = link(secured, username="", password_file=None, port=port)
    facts: dict[str, object] = {"link": "gates", "place": at.place, "host": at.host, "port": port, "user": "-"}
    found = ids(_converse(at, "", ["prohibited", "gates/1"], facts))
    assert found["topics_refused"] is WRONG
    asyncio.run_coroutine_threadsafe(ready[0].shutdown(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)
    loop.close()


def test_a_client_id_that_two_programs_use(installation: Installation, secured: Server) -> None:
    site, settings = installation.site, installation.settings
    assert site is not None
    settings.data.mkdir()
    live = SqlLive(settings.live, site.id)
    live.prepare()
    figures = {
        'facility_bus_connects_total{link="gates"}': 40.0,
        'facility_process_start_time_seconds{program="collectors"}': time.time() - 600,
    }
    live.put_program(ProgramState("collectors", installation.clock.now() - timedelta(seconds=1), figures))
    live.close()
    assert ids(look(installation, link(secured)))["taken"] is WRONG
