"""`facility health`: is a program of this machine alive?"""

from typing import Annotated

import typer

from facility.health import Program, trouble


def command(program: Annotated[Program, typer.Argument(help="Which program.")]) -> None:
    """Exit with 0 when the program is alive, with 1 and the reason when it is not.

    api and simulators are asked over HTTP on this machine; the others leave a heartbeat in the data folder.
    Health checks that run often take [cyan]python -m facility.health collectors[/cyan], which starts quicker.

    Example: [cyan]facility health collectors[/cyan]
    """
    found = trouble(program)
    if found:
        typer.echo(f"{program}: {found}", err=True)
        raise typer.Exit(1)
    typer.echo(f"{program}: alive")
