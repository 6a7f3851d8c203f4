"""What `python -m collectors` does on request: `read` and `probe`. Each tells JSON lines on standard output, and only reads."""

import argparse
import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Coroutine, Sequence
from datetime import timedelta
from functools import partial

from collectors.asking import Event
from collectors.births import BIRTHS, in_force
from collectors.edge_hearing import no_births
from collectors.listen_now import ListenNow
from collectors.only_one import others_run
from collectors.probe import Probe
from collectors.read_now import ReadNow
from facility.domain.asset import Link, LinkKind
from facility.domain.errors import Refusal
from facility.domain.profile import Table
from facility.domain.scan import LAST_REGISTER, LAST_UNIT, Scan, flat, spans
from facility.domain.serial_line import Parity, SerialLine
from facility.domain.text import Title
from facility.settings import settings_from_environment
from facility.site import load

_BUSY = "the running collectors hold the line. Stop them while you look (one master a line), or read the present values on the pages"


def run(arguments: Sequence[str]) -> int:
    """Do it; exit code 0 when the device answered, 1 when not (what was found has been told). Refusal."""
    given = _parser().parse_args(arguments)
    work = _read(given) if given.command == "read" else _probe(given)
    return 0 if asyncio.run(_until_stopped(work)) else 1


def tell(event: Event) -> None:
    """One event to whoever started us; when nobody listens any more, there is nothing left to do."""
    try:
        sys.stdout.write(json.dumps(event, ensure_ascii=False) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise Refusal("nobody listens") from None


async def _until_stopped(work: Coroutine[None, None, bool]) -> bool:
    """SIGINT and SIGTERM cancel the work, which then tells what it has."""
    task = asyncio.ensure_future(work)
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        return await task
    return False


async def _read(given: argparse.Namespace) -> bool:
    settings = settings_from_environment()
    site = load(settings.site)
    asset = site.assets[given.asset]
    link = site.links[asset.link]
    if link.kind is LinkKind.MQTT:
        kept = partial(in_force, settings.data / BIRTHS, link.id) if others_run(settings.data) else no_births
        return await ListenNow(link, asset, given.point, given.wait, tell, kept).run()
    if link.kind.is_serial and others_run(settings.data):
        tell({"event": "fault", "what": _BUSY})
        return False
    return await ReadNow(link, asset, given.point, tell).run()


async def _probe(given: argparse.Namespace) -> bool:
    scan = Scan(
        flat(spans(given.units, 1, LAST_UNIT)),
        Table(given.table),
        spans(given.registers, 0, LAST_REGISTER) if given.registers else (),
        given.block,
        timedelta(milliseconds=given.pause),
        timedelta(milliseconds=given.timeout),
    )
    return await Probe(_link(given), scan, tell).run()


def _link(given: argparse.Namespace) -> Link:
    """A link that no site file knows."""
    line = SerialLine(given.device, given.baud, Parity(given.parity), given.stop_bits)
    kind = LinkKind.MODBUS_RTU if given.device else LinkKind.MODBUS_TCP
    if given.rtu_over_tcp:
        kind = LinkKind.MODBUS_RTU_TCP
    title = Title("probe", "探测")
    return Link("probe", title, kind, given.host, given.port, serial=line if kind.is_serial else None)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m collectors", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    read = commands.add_parser("read")
    read.add_argument("asset")
    read.add_argument("--point", action="append", default=[])
    read.add_argument("--wait", type=float, default=30.0)
    probe = commands.add_parser("probe")
    for name, kind, default in (
        ("host", str, ""),
        ("port", int, 502),
        ("device", str, ""),
        ("baud", int, 9600),
        ("parity", str, "none"),
        ("stop-bits", int, 1),
        ("units", str, "1"),
        ("registers", str, ""),
        ("table", str, "holding"),
        ("block", int, 32),
        ("pause", int, 50),
        ("timeout", int, 1000),
    ):
        probe.add_argument(f"--{name}", type=kind, default=default)
    probe.add_argument("--rtu-over-tcp", action="store_true")
    return parser
