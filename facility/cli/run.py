"""`facility run`: the programs of a site, under one supervisor."""

import logging
import os
from enum import StrEnum
from typing import Annotated

import typer

from facility.cli.output import refusing
from facility.cli.supervisor import PROGRAMS, Supervisor, programs_of
from facility.settings import settings_from_environment
from facility.site import load


class Which(StrEnum):
    """What to run."""

    ALL = "all"
    COLLECTORS = "collectors"
    SCHEDULER = "scheduler"
    API = "api"
    SIMULATORS = "simulators"
    WATCHDOG = "watchdog"


def command(
    programs: Annotated[
        list[Which] | None,
        typer.Argument(help="Which programs; [bold]all[/bold]: all but the simulators."),
    ] = None,
) -> None:
    """Run the programs of the site in FACILITY_SITE; restart what dies, stop all on Ctrl-C.

    The simulators stand in for hardware and are never part of "all"; the watchdog is where the site file has one.

    Examples: [cyan]facility run[/cyan] · [cyan]facility run collectors api[/cyan] · [cyan]facility run simulators[/cyan]
    """
    wanted = programs or [Which.ALL]
    with refusing():
        site = load(settings_from_environment().site)  # no program would start with a site file that is refused
    every = programs_of(site, simulators=False)
    names = [name for name in PROGRAMS if name in wanted or (Which.ALL in wanted and name in every)]
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)-7s run %(message)s", force=True)
    logging.getLogger(__name__).info("starting %s (process %d); Ctrl-C stops them", ", ".join(names), os.getpid())
    Supervisor(names, {}).run()
