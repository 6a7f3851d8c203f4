"""`facility simulate`: play a scenario on the running simulators and watch what comes out of it."""

import json
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from typing import Annotated, Any

import httpx
import typer
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from facility.cli.output import complain, say_json, terminal
from facility.cli.staff import Staff
from facility.domain.text import Language
from facility.locale import duration, text
from facility.settings import settings_from_environment

LISTEN_AFTER_END = 120.0  # seconds to go on listening once the scenario's last step is done
SHORTEST = 30.0  # real s between two steps from which every rule of the shipped profiles has its time


def command(
    scenario: Annotated[str | None, typer.Argument(help="Name of the scenario; without one they are listed.")] = None,
    listing: Annotated[bool, typer.Option("--list", help="List the scenarios with what they do.")] = False,
    by_hand: Annotated[
        bool, typer.Option("--by-hand", help="Nobody answers the messages: acknowledge and work on the pages yourself.")
    ] = False,
    language: Annotated[
        Language, typer.Option("--language", help="Language of titles and explanations.")
    ] = Language.EN,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object a line; the list as one array.")
    ] = False,
    factor: Annotated[
        float | None,
        typer.Option("--factor", min=1, max=3600, help="Simulated seconds a second; the scenario's own without it."),
    ] = None,
) -> None:
    """Play a scenario on the running simulators: a power outage, a lost gateway, …

    Prints each step, each message that a phone receives, and what the people do with it: simulated staff acknowledge the
    alert, repair, and check, over the same links and pages as real people (leave that to yourself with --by-hand).

    Examples: [cyan]facility simulate power-outage[/cyan] · [cyan]facility simulate --list --language zh-CN[/cyan]
    """
    url = f"http://127.0.0.1:{settings_from_environment().simulators_port}"
    if listing or scenario is None:
        show_scenarios(known_scenarios(url), language, as_json=as_json)
        return
    try:
        with httpx.Client(base_url=url, timeout=10) as simulators:
            play = Play(terminal(), simulators, language, as_json, None if by_hand else Staff(), factor)
            if missing := play.run(scenario):
                complain(missing)
                raise typer.Exit(1)
    except httpx.HTTPStatusError as error:
        complain(error.response.json().get("detail", error.response.text))
        raise typer.Exit(1) from None
    except httpx.TransportError:
        complain(f"No simulators answer at {url}. Start them with: facility demo (or: facility run simulators)")
        raise typer.Exit(1) from None


def known_scenarios(url: str) -> list[dict[str, Any]]:
    """Those of the running simulators; when none answer, those that ship."""
    try:
        found: list[dict[str, Any]] = httpx.get(f"{url}/scenarios", timeout=10).raise_for_status().json()
    except httpx.HTTPError:
        command = (sys.executable, "-m", "simulators", "--scenarios")
        found = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return found


def show_scenarios(scenarios: list[dict[str, Any]], language: Language, *, as_json: bool) -> None:
    """What can be played: title, what happens, what people should see, how long it takes; or JSON."""
    if as_json:
        say_json(scenarios)
        return
    console = terminal()
    for scenario in scenarios:
        console.print(f"[bold cyan]{scenario['name']}[/bold cyan]  {_in(scenario['title'], language)}", end="  ")
        console.print(f"({_length(scenario, language)})", markup=False)
        for what in (
            _in(scenario["explanation"], language),
            _say("see", language, what=_in(scenario["see"], language)),
        ):
            console.print(Padding(Text(what), (0, 2)))
        console.print()


def _length(scenario: dict[str, Any], language: Language) -> str:
    """How long it takes in life, at its own time factor."""
    factor = scenario["factor"] or 1
    lasts = duration(timedelta(seconds=scenario["duration"] / factor), language)
    return _say("lasts" if factor == 1 else "lasts_at", language, duration=lasts, factor=f"{factor:g}")


def _say(id: str, language: Language, **params: object) -> str:
    return text(f"simulators.{id}", language, **params)


@dataclass(slots=True)
class Play:
    """One scenario being played: prints what is new until its end and until nothing is left to do."""

    console: Console
    simulators: httpx.Client
    language: Language
    as_json: bool
    staff: Staff | None
    factor: float | None = None
    _seen: set[int] = field(default_factory=set)
    _steps: int = 0

    def run(self, scenario: str) -> str:
        """Play to the end, then listen until the orders are closed. Returns what should have come and did not; empty: all did."""
        self._seen = {message["number"] for message in self._messages()}
        told = len(self._seen)
        asked = {} if self.factor is None else {"factor": self.factor}
        self.simulators.post(f"/scenarios/{scenario}", params=asked).raise_for_status()
        dropped = self.warn_of_speed(scenario)
        deadline = None
        while deadline is None or time.monotonic() < deadline:
            running = self._show_steps(scenario)
            fresh = self._show_messages()
            done = self._let_staff_act(fresh, repaired=not running)
            if not running and deadline is None:
                self.tell_what_was_dropped(dropped)
            if not running and done:
                self._say("done", "every alert is acknowledged, every order of it is closed")
                return ""
            if not running and deadline is None:
                deadline = time.monotonic() + LISTEN_AFTER_END
            time.sleep(0.5)
        if len(self._seen) == told:
            return "Nobody received a message. Do collectors and scheduler run, and do their channels lead here?"
        return "Not every order was closed in time. The pages show which." if self.staff else ""

    def warn_of_speed(self, scenario: str) -> float:
        """Say what is not faster; returns the simulated seconds that were dropped before."""
        status = self.simulators.get("/status").raise_for_status().json()
        played = next(s for s in known_scenarios(str(self.simulators.base_url).rstrip("/")) if s["name"] == scenario)
        factor, times = status["factor"], [step["at"] for step in played["steps"]]
        gaps = [later - at for at, later in pairwise([*times, played["duration"]]) if later > at]
        real = min(gaps, default=SHORTEST * factor) / factor
        if factor > 1 and real < SHORTEST:
            self._say("note", _say("speed", self.language, factor=f"{factor:g}", seconds=f"{real:.2g}"))
        return float(status["dropped"])

    def tell_what_was_dropped(self, before: float) -> None:
        """Say how much simulated time was left out since then."""
        dropped = self.simulators.get("/status").raise_for_status().json()["dropped"] - before
        if dropped > 0:
            length = duration(timedelta(seconds=dropped), self.language)
            self._say("note", _say("dropped", self.language, duration=length))

    def _messages(self) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = self.simulators.get("/messages").raise_for_status().json()
        return messages

    def _show_steps(self, scenario: str) -> bool:
        status = self.simulators.get("/status").raise_for_status().json()["scenario"]
        if not status or status["name"] != scenario:
            return False
        for step in status["done"][self._steps :]:
            self._say("estate", _in(step, self.language))
        self._steps = len(status["done"])
        return bool(status["running"])

    def _show_messages(self) -> list[dict[str, Any]]:
        fresh = [message for message in self._messages() if message["number"] not in self._seen]
        for message in fresh:
            self._seen.add(message["number"])
            self._say("phone", f"{message['to']} ({message['channel']}): {message['text']}")
        return fresh

    def _let_staff_act(self, fresh: list[dict[str, Any]], *, repaired: bool) -> bool:
        if self.staff is None:
            return False
        for message in fresh:
            self.staff.read(message["text"] + " " + message.get("link", ""))
        for act in self.staff.act(repaired=repaired):
            self._say("staff", act)
        return self.staff.finished

    def _say(self, who: str, what: str) -> None:
        if self.as_json:
            typer.echo(json.dumps({"who": who, "what": what}, ensure_ascii=False))
            return
        style = {"estate": "yellow", "phone": "green", "staff": "cyan", "done": "bold", "note": "magenta"}[who]
        self.console.print(f"[{style}]{who:>6}[/{style}]  ", end="")
        self.console.print(what.replace("\n", "\n        "), markup=False, soft_wrap=True)


def _in(title: dict[str, str], language: Language) -> str:
    return title["zh" if language is Language.ZH_CN else "en"]
