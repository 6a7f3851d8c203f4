"""`facility schema`: JSON Schema for editors."""

from enum import StrEnum
from typing import Annotated

import typer

from facility.cli.output import say_json
from facility.site.schema import schema_of


class Kind(StrEnum):
    """Kinds of files."""

    SITE = "site"
    PROFILE = "profile"
    PEOPLE = "people"
    ROSTERS = "rosters"


def command(kind: Annotated[Kind, typer.Argument(help="Which kind of file.")] = Kind.SITE) -> None:
    """Print the JSON Schema (draft 2020-12) of site files, profiles, people or roster files, so that editors complete and explain them.

    Put it beside the file and name it in the file's first line:
    [cyan]# yaml-language-server: $schema=site.schema.json[/cyan]

    Examples: [cyan]facility schema > site.schema.json[/cyan] · [cyan]facility schema profile > profile.schema.json[/cyan]
    """
    say_json(schema_of(kind))
