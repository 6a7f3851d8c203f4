"""`facility top`: what a running estate does, second by second."""

import dataclasses
import errno
import time
from typing import Annotated

import typer
from rich.console import Group, RenderableType
from rich.live import Live
from rich.text import Text

from facility.cli.output import AsJson, refusing, say_json, terminal
from facility.cli.top.keys import QUIT, ended_by_signals, keys, leave_terminal
from facility.cli.top.picture import Picture, is_new, picture
from facility.cli.top.screen import KEYS, SORTS, print_once, screen
from facility.cli.top.source import Reading, Source, from_live, from_pages
from facility.clock import clock_from_environment
from facility.domain.errors import FacilityError
from facility.settings import settings_from_environment
from facility.site import load

EVERY = 1.0  # seconds between two looks
RATES = 6.0  # seconds that one picture waits for a second account, for its rates


def command(
    url: Annotated[str, typer.Option(help="Address of the pages; default: the Live store of this installation.")] = "",
    once: Annotated[bool, typer.Option("--once", help="Print one picture.")] = False,
    json: AsJson = False,
) -> None:
    """Show the programs, the links and what waits, anew each second. Keys: q quits, others sort and filter.

    One picture (--once, --json) takes a few seconds: rates need two accounts of the collectors.

    Examples: [cyan]facility top[/cyan] · [cyan]facility top --once[/cyan] · [cyan]facility top --url http://127.0.0.1:8080[/cyan]
    """
    with refusing(as_json=json):
        source = from_pages(url) if url else _own()
        if json:
            say_json(dataclasses.asdict(_one(source)) | {"at": source().at.isoformat()})
        elif once or not terminal().is_terminal:
            print_once(_one(source))
        else:
            _follow(source)


def _own() -> Source:
    settings = settings_from_environment()
    return from_live(settings, load(settings.site).id, clock_from_environment())


def _one(source: Source) -> Picture:
    """A picture with rates, when the programs write two accounts in time."""
    first = now = source()
    end = time.monotonic() + RATES
    while not is_new(now, first) and time.monotonic() < end:
        time.sleep(EVERY / 4)
        now = source()
    return picture(now, first)


def _follow(source: Source) -> None:
    """The screen, until q, Ctrl-C, a signal to end, or until nobody has the terminal any more."""
    try:
        with ended_by_signals():
            _show(source)
    except KeyboardInterrupt:
        return
    except OSError as error:
        if error.errno != errno.EIO:
            raise
        leave_terminal()


def _show(source: Source) -> None:
    """A source that is away is said on the screen and asked again."""
    history, sort, troubled_only, trouble = [source()], "l", False, ""
    with Live(console=terminal(), auto_refresh=False, screen=True) as live, keys() as key:
        while True:
            console = live.console
            shown = screen(
                picture(history[-1], history[0]), console.width, console.height, sort, troubled_only=troubled_only
            )
            live.update(_page(shown, trouble), refresh=True)
            pressed = key(EVERY)
            if pressed == QUIT:
                return
            sort = pressed if pressed in SORTS else sort
            troubled_only = troubled_only != (pressed == "x")
            try:
                history = _kept(history, source())
                trouble = ""
            except FacilityError as error:
                trouble = str(error)


def _kept(history: list[Reading], now: Reading) -> list[Reading]:
    """The latest reading, and one some accounts before it: rates over about five seconds."""
    recent = [reading for reading in history if (now.at - reading.at).total_seconds() < 6]
    return [*(recent or history[-1:]), now]


def _page(shown: RenderableType, trouble: str) -> RenderableType:
    foot = Text(trouble, style="bold red") if trouble else Text(KEYS, style="dim", overflow="ellipsis", no_wrap=True)
    return Group(shown, Text(), foot)
