"""How the commands speak: tables for people, JSON for programs, faults in red on standard error."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from facility.domain.errors import FacilityError, NotFound, Refusal, SiteRefused
from facility.domain.text import Language
from facility.settings import SettingRefused, settings_from_environment

SiteFile = Annotated[Path | None, typer.Argument(metavar="[SITE]", help="Site file; default: FACILITY_SITE.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_LISTED = {
    "account": "facility accounts list",
    "alert": "facility alerts list",
    "drill": "facility drill list",
    "figure": "facility figures",
    "person": "facility people list",
    "report": "facility reports list",
    "request": "facility requests list",
    "resident": "facility homes find",
    "scenario": "facility simulate",
}


def site_path(given: Path | None) -> Path:
    """The site file that is meant."""
    return given if given is not None else settings_from_environment().site


@contextmanager
def refusing(*, as_json: bool = False) -> Iterator[None]:
    """Turns errors into exit codes: 1 for refused input, 2 for a setting or a store that cannot be used."""
    try:
        yield
    except SiteRefused as error:
        if as_json:
            say_json(
                {"faults": [{"file": f.file, "line": f.line, "what": f.what, "mend": f.mend} for f in error.faults]}
            )
        else:
            complain(str(error))
            complain(f"{counted(len(error.faults), 'fault')}. Nothing was changed.")
        raise typer.Exit(1) from None
    except SettingRefused as error:
        complain(str(error))
        raise typer.Exit(2) from None
    except (FacilityError, OSError) as error:
        complain(str(error))
        if isinstance(error, NotFound) and error.kind in _LISTED:
            complain(f"{_LISTED[error.kind]} shows what there is.")
        raise typer.Exit(1 if isinstance(error, Refusal) else 2) from None


def terminal(*, stderr: bool = False, soft_wrap: bool = False, width: int | None = None) -> Console:
    """Where all commands write. Text stays as it is: without this, `:CD:` in a fingerprint becomes a picture of a disc."""
    return Console(stderr=stderr, soft_wrap=soft_wrap, width=width, emoji=False, highlight=False)


def complain(text: str) -> None:
    """Words on standard error."""
    terminal(stderr=True, soft_wrap=True).print(text, style="red", markup=False)


def say(text: str, style: str = "") -> None:
    """A line on standard output; never wrapped, so that it can be searched."""
    terminal(soft_wrap=True).print(text, style=style, markup=False)


def say_json(data: object) -> None:
    """JSON on standard output."""
    typer.echo(json.dumps(data, ensure_ascii=False, indent=2))


def say_table(columns: list[str], rows: list[list[str]], title: str = "") -> None:
    """A table; as wide as it needs to be when nobody looks (a pipe)."""
    table = Table(*columns, title=title or None, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*row)
    wide = None if terminal().is_terminal or "COLUMNS" in os.environ else 240
    terminal(width=wide).print(table, markup=False)


def counted(number: int, thing: str) -> str:
    """`1 fault`, `2 faults`."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def terminal_language() -> Language:
    """The language of the terminal (LANG)."""
    return Language.ZH_CN if os.environ.get("LANG", "").startswith("zh") else Language.EN
