"""`facility health`: is a program alive? For the health checks of containers and supervisors."""

import os
from datetime import timedelta
from enum import StrEnum
from typing import Annotated

import httpx
import typer

from facility import wiring
from facility.domain.errors import FacilityError
from facility.settings import settings_from_environment

SILENT = timedelta(seconds=30)  # a program that wrote nothing of itself for so long is not well


class Program(StrEnum):
    """Whose health."""

    COLLECTORS = "collectors"
    SCHEDULER = "scheduler"
    API = "api"
    SIMULATORS = "simulators"
    WATCHDOG = "watchdog"


def command(program: Annotated[Program, typer.Argument(help="Which program.")]) -> None:
    """Exit with 0 when the program is alive, with 1 and the reason when it is not.

    api and simulators are asked over HTTP on this machine; the others write an account of themselves every few seconds.

    Example: [cyan]facility health collectors[/cyan]
    """
    os.environ["FACILITY_LOG"] = "WARNING"
    try:
        what = _answer(program) if program in (Program.API, Program.SIMULATORS) else _account(program)
    except (FacilityError, OSError, httpx.HTTPError) as error:
        what = str(error) or type(error).__name__
    if what:
        typer.echo(f"{program}: {what}", err=True)
        raise typer.Exit(1)
    typer.echo(f"{program}: alive")


def _answer(program: Program) -> str:
    settings = settings_from_environment()
    port = settings.api_port if program is Program.API else settings.simulators_port
    scheme = settings.api_scheme if program is Program.API else "http"
    # verify=False: this very machine is asked, by an address that no certificate needs to be for
    status = httpx.get(f"{scheme}://127.0.0.1:{port}/healthz", timeout=5, verify=False).status_code
    return "" if status == httpx.codes.OK else f"/healthz answers {status}"


def _account(program: Program) -> str:
    started = wiring.start("health")
    state = started.live().programs().get(program)
    if state is None:
        return "has not written anything of itself yet"
    age = started.clock.now() - state.at
    return "" if age < SILENT else f"wrote its last account {age.total_seconds():.0f} s ago"
