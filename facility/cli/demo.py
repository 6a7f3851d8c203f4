"""`facility demo`: a whole estate on this machine, with simulated hardware; nothing to install, nothing left behind."""

import base64
import os
import secrets
import shutil
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import httpx
import typer
from rich.console import Console

from facility import wiring
from facility.cli.demo_accounts import PASSWORD, make_accounts, why_not
from facility.cli.output import refusing, terminal
from facility.cli.people import import_people
from facility.cli.rosters import import_rosters
from facility.cli.site import apply_site
from facility.cli.supervisor import Supervisor, programs_of
from facility.domain.asset import LinkKind, Site
from facility.domain.reading import Quality
from facility.domain.text import Language
from facility.locale import text
from facility.settings import Settings

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "demo" / "site.yaml"
MARK = ".facility-demo"  # only a folder with this file in it is ever emptied
ENOUGH = 200  # good points from which on the estate counts as alive
MAIL_PORT = "8025"  # of the simulators' mail server
PEEK = 1.0  # seconds between two looks at the stores


def command(
    site: Annotated[
        Path, typer.Option(help="Site file; its folder also holds people.yaml and rosters.yaml.")
    ] = EXAMPLE,
    data: Annotated[Path, typer.Option(help="Folder for the demo's data; emptied at the start.")] = Path("var/demo"),
    keep: Annotated[bool, typer.Option("--keep", help="Go on with the data of the last demo.")] = False,
    stop_after: Annotated[
        float, typer.Option("--stop-after", help="Stop by itself after so many seconds; 0: run until Ctrl-C.")
    ] = 0,
) -> None:
    """Run a demo estate: simulated devices on the real wire, collectors, scheduler and pages, all on 127.0.0.1.

    Then, in a second terminal: [cyan]facility simulate power-outage[/cyan].
    """
    console = terminal()
    os.environ.update(demo_environment(site.resolve(), data.resolve()))
    with refusing():
        make_room(data.resolve(), keep=keep)
        program = prepare(site.parent / "people.yaml")
        logins = sign_in_words(program)
        refuse_taken_ports(program.site, program.settings)
    logs = data.resolve() / "log"
    logs.mkdir(exist_ok=True)
    watch = Watch(console, program, stop_after, logins)
    names = programs_of(program.site, simulators=True)
    supervisor = Supervisor(names, {}, logs=logs, on_tick=watch.tick)
    console.print(
        f"Starting {', '.join(names)} for [bold]{program.site.title.en}[/bold]; their logs: {logs}", soft_wrap=True
    )
    with watch.status:
        supervisor.run()
    console.print("Stopped. No process is left running.")


def demo_environment(site: Path, data: Path) -> Mapping[str, str]:
    """What the programs of the demo are told; what the caller set stays."""
    wanted = {
        "FACILITY_SITE": str(site),
        "FACILITY_DATA": str(data),
        "FACILITY_TLS_CERT_FILE": "",  # on loopback, under a name that no certificate is for
        "FACILITY_TLS_KEY_FILE": "",
        "FACILITY_EMBEDDED_BROKER": os.environ.get("FACILITY_EMBEDDED_BROKER", "1"),
    }
    robot = f"http://127.0.0.1:{os.environ.get('FACILITY_SIMULATORS_PORT') or 8090}"
    embedded = {
        "FACILITY_PUBLIC_URL": f"http://127.0.0.1:{os.environ.get('FACILITY_API_PORT') or 8080}",
        "FACILITY_ROBOT_URL": robot,
        "FACILITY_SIMULATORS_MAIL_PORT": MAIL_PORT,
        "FACILITY_MAIL_SERVER": f"127.0.0.1:{os.environ.get('FACILITY_SIMULATORS_MAIL_PORT') or MAIL_PORT}",
        "FACILITY_WECOM_URL": f"{robot}/robot/cgi-bin/webhook/send?key=demo",
        "FACILITY_HOOK_URL": f"{robot}/hook",
        "FACILITY_WORK": "",
        "FACILITY_LIVE": "",
        "FACILITY_HISTORY": "sqlite",
        "FACILITY_HOOK_SECRET_FILE": str(data / "hook.secret"),
    }
    return wanted | {name: os.environ.get(name) or value for name, value in embedded.items()}


def make_room(data: Path, *, keep: bool) -> None:
    """Make the data folder, emptied unless `keep`; a folder that is not a demo's is refused."""
    if data.exists() and any(data.iterdir()):
        if not (data / MARK).exists():
            raise FileExistsError(f"{data} holds something else than a demo's data. Name another folder with --data.")
        if not keep:
            shutil.rmtree(data)
    data.mkdir(parents=True, exist_ok=True)
    (data / MARK).touch()
    make_signing_key(Path(os.environ["FACILITY_HOOK_SECRET_FILE"]))


def make_signing_key(path: Path) -> None:
    """The key that signs what the webhook channel sends, unless there is one."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text("whsec_" + base64.b64encode(secrets.token_bytes(32)).decode(), encoding="ascii")


def prepare(people: Path) -> wiring.Program:
    """Make the stores, apply the site file as its first revision, let people fill the positions."""
    program = wiring.start("demo")
    work = program.work()
    work.prepare()
    program.live().prepare()
    program.history().prepare()
    apply_site(work, program.settings.site, program.clock.now())
    import_people(work, program.site, people)
    rosters = people.with_name("rosters.yaml")
    if rosters.exists():
        import_rosters(work, program.site, rosters)
    return program


def sign_in_words(program: wiring.Program) -> list[str]:
    """Make an account for each role; lines that say with what to sign in."""
    reason = why_not(program.settings)
    if reason:
        address = f"{program.settings.public_url}/first-run"
        return [f"\nNo demo accounts, because {reason}. Make the first account: {address}, code in log/api.log"]
    now = program.clock.now()
    made = make_accounts(program.work(), program.site, wiring.passwords(), now)
    told = [
        f"\nSign in with the password [bold]{PASSWORD}[/bold] (open to everybody: this is a demo, on this machine alone)"
    ]
    return told + [
        f"  [cyan]{login:<14}[/cyan] {text(f'pages.role.{role}', Language.EN)}" for role, login in made.items()
    ]


def refuse_taken_ports(site: Site, settings: Settings) -> None:
    """OSError naming every port that another program listens on."""
    wanted = {
        link.port: f"link {link.id}" for link in site.links.values() if link.kind.has_address and _ours(link.kind)
    }
    wanted |= {
        settings.api_port: "the pages (FACILITY_API_PORT)",
        settings.simulators_port: "the simulators (FACILITY_SIMULATORS_PORT)",
    }
    if mail_port := int(os.environ.get("FACILITY_SIMULATORS_MAIL_PORT") or 0):
        wanted[mail_port] = "the simulators' mail (FACILITY_SIMULATORS_MAIL_PORT)"
    taken = [f"port {port} for {what}" for port, what in sorted(wanted.items()) if _taken(port)]
    if taken:
        raise OSError(
            f"Another program listens on {', '.join(taken)}. Is a demo running already? Stop it, or set other ports."
        )


def _ours(kind: LinkKind) -> bool:
    return kind.is_modbus or os.environ.get("FACILITY_EMBEDDED_BROKER") == "1"


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Watch:
    """Looks at the running estate once a second and says in the terminal how it goes. False from `tick`: the time is over."""

    def __init__(self, console: Console, program: wiring.Program, stop_after: float, logins: list[str]) -> None:
        self.status = console.status("waiting for the first readings …")
        self._console, self._site, self._settings = console, program.site, program.settings
        self._logins = logins
        self._live, self._work = program.live(), program.work()
        self._total = sum(len(asset.profile.points) for asset in program.site.assets.values() if not asset.retired)
        self._started = time.monotonic()
        self._stop_at = self._started + stop_after if stop_after else float("inf")
        self._next = 0.0
        self._announced = False

    def tick(self) -> bool:
        """Look, at most once a second; False when the demo's time is over."""
        now = time.monotonic()
        if now >= self._next:
            self._next = now + PEEK
            self._look(now)
        return now < self._stop_at

    def _look(self, now: float) -> None:
        good = self._good_points()
        if not self._announced and good >= ENOUGH and self._pages_answer():
            self._announced = True
            self._console.print(f"{good} good points after {now - self._started:.0f} s.")
            self._console.print(self._addresses(), soft_wrap=True)
        self.status.update(self._line(good))

    def _good_points(self) -> int:
        states = self._live.get().values()
        return sum(point.quality is Quality.GOOD for state in states for point in state.points.values())

    def _pages_answer(self) -> bool:
        try:
            return httpx.get(f"{self._pages}/readyz", timeout=1).status_code == 200
        except httpx.HTTPError:
            return False

    @property
    def _pages(self) -> str:
        return f"http://127.0.0.1:{self._settings.api_port}"

    def _line(self, good: int) -> str:
        with self._work.reading() as unit:
            alerts, orders = len(unit.alerts.unclosed()), len(unit.orders.recent(200, unfinished_only=True))
        return f"{good} of {self._total} points good · {alerts} alerts · {orders} orders in work · Ctrl-C stops"

    def _addresses(self) -> str:
        modbus = next((link for link in self._site.links.values() if link.kind is LinkKind.MODBUS_TCP), None)
        mqtt = next((link for link in self._site.links.values() if link.kind is LinkKind.MQTT), None)
        simulators = f"http://127.0.0.1:{self._settings.simulators_port}/"
        lines = [
            f"\n[bold]{self._site.title.en} · {self._site.title.zh}[/bold]",
            f"  the estate, live          [cyan]{self._pages}/[/cyan]",
            f"  the phones, simulated     [cyan]{simulators}[/cyan]   what people receive; scenarios, faults",
            "\nIn a second terminal",
            "  take the mains away       [cyan]make outage[/cyan]",
        ]
        if modbus:
            mbpoll = f"mbpoll -m tcp -p {modbus.port} -a 1 -0 -r 0 -c 3 -t 4:float -B -1 127.0.0.1"
            lines.append(f"  read a device yourself    [cyan]{mbpoll}[/cyan]")
        if mqtt:
            lines.append(f"  listen to the gates       [cyan]mosquitto_sub -p {mqtt.port} -t '#' -v[/cyan]")
        return "\n".join([*lines, *self._logins, ""])
