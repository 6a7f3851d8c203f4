"""The program: serves the estate, its robot and its page until told to stop."""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import struct
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from facility.domain.asset import Site
from facility.domain.errors import StoreError
from facility.domain.state import ProgramState
from facility.ports import Clock, Live
from facility.process import process_figures
from facility.settings import SettingRefused
from simulators.control import build_app
from simulators.estate import Estate
from simulators.mail import MailServer
from simulators.replay import load_recording
from simulators.robot import EMAIL, MQTT, Robot
from simulators.scenario import FACTORS
from simulators.siren import sound

log = logging.getLogger(__name__)

NAME = "simulators"
ACCOUNT_EVERY = 2.0  # s between two accounts in the live store
GRACE = 1  # s for open HTTP requests at the end
LINGER_NOT = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class Options:
    """What the environment says beside the common settings."""

    host: str = "127.0.0.1"  # FACILITY_SIMULATORS_BIND: address of the devices and of the page
    factor: float = 1.0  # FACILITY_TIME_FACTOR: simulated seconds a second, 1–3600
    own_broker: bool = False  # FACILITY_EMBEDDED_BROKER=1: an MQTT broker for the demo, always on 127.0.0.1
    mail_port: int = 0  # FACILITY_SIMULATORS_MAIL_PORT: a mail server that shows letters; 0: none
    replay: Path | None = None  # FACILITY_REPLAY: a recording whose links are served as they were recorded
    pace: float = 1.0  # FACILITY_REPLAY_PACE: recorded seconds a second; 0: as fast as asked


def options_from_environment() -> Options:
    """Read the environment; SettingRefused names the variable."""
    text = os.environ.get("FACILITY_TIME_FACTOR") or "1"
    try:
        factor = float(text)
    except ValueError:
        factor = 0.0
    if not FACTORS[0] <= factor <= FACTORS[1]:
        raise SettingRefused("FACILITY_TIME_FACTOR", f"{text!r} is not a number from 1 to 3600", "Set it to 1 or 60")
    return Options(
        host=os.environ.get("FACILITY_SIMULATORS_BIND") or "127.0.0.1",
        factor=factor,
        own_broker=os.environ.get("FACILITY_EMBEDDED_BROKER") == "1",
        mail_port=_port("FACILITY_SIMULATORS_MAIL_PORT"),
        replay=Path(os.environ["FACILITY_REPLAY"]) if os.environ.get("FACILITY_REPLAY") else None,
        pace=_pace(os.environ.get("FACILITY_REPLAY_PACE") or "1"),
    )


def _port(name: str) -> int:
    text = os.environ.get(name) or "0"
    if not text.isdecimal() or int(text) > 65_535:
        raise SettingRefused(name, f"{text!r} is not a port", "Set it to a port such as 8025, or to 0 for none")
    return int(text)


def _pace(text: str) -> float:
    try:
        pace = float(text)
    except ValueError:
        pace = -1.0
    if not 0.0 <= pace <= FACTORS[1]:
        mend = "Set it to 1, or to 0 for as fast as asked"
        raise SettingRefused("FACILITY_REPLAY_PACE", f"{text!r} is not a number from 0 to {FACTORS[1]:g}", mend)
    return pace


class CuttableProtocol(HttpToolsProtocol):
    """HTTP whose handler may cut the connection (`scope["facility.cut"]`), as a vendor's failing front does."""

    def on_message_begin(self) -> None:
        """Called by the parser at the start of a request."""
        super().on_message_begin()
        self.scope["facility.cut"] = self._cut  # type: ignore[typeddict-unknown-key]

    def _cut(self) -> None:
        wire = self.transport.get_extra_info("socket")
        if wire is not None:
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT)  # a reset, not an orderly end
        self.transport.abort()


class Server(uvicorn.Server):
    """uvicorn without signal handlers: the program has its own."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield


@contextlib.asynccontextmanager
async def serving(
    site: Site, clock: Clock, live: Live | None, port: int, options: Options
) -> AsyncIterator[tuple[Estate, set[asyncio.Task[None]]]]:
    """The estate on all its wires and its page on `port`, with its tasks, none of which ends by itself; OSError for a taken port."""
    recording = load_recording(options.replay, options.pace, site) if options.replay else None
    estate = Estate(
        site, clock, host=options.host, factor=options.factor, own_broker=options.own_broker, recording=recording
    )
    closing = asyncio.Event()
    robot = Robot(site.channels.values(), clock, estate.stage.unreachable)
    app = build_app(estate, robot, closing)
    door = socket.create_server((options.host, port))
    server = Server(_web(app, options.host, port))
    tasks: set[asyncio.Task[None]] = set()
    web: asyncio.Task[None] | None = None
    mail = [MailServer(spec, robot) for spec in robot.of_kind(EMAIL)[:1] if options.mail_port]
    try:
        await estate.start()
        for server_of_mail in mail:
            await server_of_mail.start(options.host, options.mail_port)
        tasks.add(asyncio.create_task(estate.run(), name="estate"))
        tasks.add(asyncio.create_task(_account(estate, clock, live), name="account"))
        tasks |= _sirens(site, robot)
        web = asyncio.create_task(server.serve(sockets=[door]), name="http")
        log.info("page and message robot on http://%s:%d/", options.host, port)
        yield estate, {*tasks, web}
    finally:
        closing.set()
        server.should_exit = True
        if web is not None:
            await asyncio.gather(web, return_exceptions=True)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for server_of_mail in mail:
            await server_of_mail.close()
        await estate.stop()
        door.close()


def _sirens(site: Site, robot: Robot) -> set[asyncio.Task[None]]:
    wired = [(spec, site.links.get(spec.text("link"))) for spec in robot.of_kind(MQTT)]
    return {
        asyncio.create_task(sound(spec, link, robot), name=f"siren {spec.id}")
        for spec, link in wired
        if link is not None
    }


async def run(site: Site, clock: Clock, live: Live | None, port: int, options: Options) -> None:
    """Serve until SIGTERM or SIGINT; raises what a part of it raised."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with serving(site, clock, live, port, options) as (_, tasks):
        waiting = asyncio.create_task(stop.wait())
        done, _ = await asyncio.wait({waiting, *tasks}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        for task in done - {waiting}:
            task.result()
    log.info("stopped")


def _web(app: FastAPI, host: str, port: int) -> uvicorn.Config:
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=CuttableProtocol,
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=GRACE,
    )


async def _account(estate: Estate, clock: Clock, live: Live | None) -> None:
    while True:
        state = ProgramState(NAME, clock.now(), estate.counted() | process_figures(NAME))
        try:
            if live is not None:
                await asyncio.to_thread(live.put_program, state)
        except StoreError as error:  # the estate goes on without its account
            log.warning("no account written: %s", error)
        await asyncio.sleep(ACCOUNT_EVERY)
