"""`facility doctor`: finds what is wrong with an installation, says why, and how to mend it."""

import os
from typing import Annotated

import typer

from facility.cli.doctor.checks import checks
from facility.cli.doctor.examine import examine
from facility.cli.doctor.finding import Severity
from facility.cli.doctor.report import as_data, progress, show
from facility.cli.output import AsJson, say_json
from facility.domain.text import Language


def command(
    json: AsJson = False,
    language: Annotated[
        Language | None, typer.Option(help="Language of the findings; default: the terminal's (LANG).")
    ] = None,
) -> None:
    """Examine this installation: settings, site file, data folder, stores, clock, broker, links, ports, programs.

    Changes nothing but a test line in history, which is removed again or expires. Run it as the user of the programs, with
    their environment. All checks run at once; an address that does not answer holds no other check.

    Exit codes: 0 fine (notes are allowed), 1 something is wrong, 2 wrong use.

    Examples: [cyan]facility doctor[/cyan] · [cyan]facility doctor --language zh-CN[/cyan] · [cyan]facility doctor --json[/cyan]
    """
    chosen = language or (Language.ZH_CN if os.environ.get("LANG", "").startswith("zh") else Language.EN)
    with progress(chosen) as told:
        findings = examine(checks(), told)
    if json:
        say_json(as_data(findings, chosen))
    else:
        show(findings, chosen)
    if any(finding.severity is Severity.WRONG for finding in findings):
        raise typer.Exit(1)
