"""The findings for people: a line each for what is fine, what/why/remedy for what is not."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from facility.cli.doctor.examine import Progress
from facility.cli.doctor.finding import Finding, Group, Severity
from facility.cli.output import terminal
from facility.domain.text import Language
from facility.locale import text

_MARKS = {Severity.FINE: ("✓", "green"), Severity.NOTE: ("!", "yellow"), Severity.WRONG: ("✗", "red")}
_PARTS = ("why", "remedy")


def show(findings: Sequence[Finding], language: Language) -> None:
    """Print all, by group, and one line that sums up."""
    console = terminal(soft_wrap=True)
    for group in Group:
        of_group = [finding for finding in findings if finding.group is group]
        said: list[str] = []  # why and remedy of the finding above: not said again for a row of equal ones
        if of_group:
            console.print(text(f"doctor.group.{group}", language), style="bold")
        for finding in of_group:
            mark, colour = _MARKS[finding.severity]
            console.print(f"  {mark} {finding.say('what', language)}", style=colour, markup=False)
            before, said = said, _lines(finding, language)
            for line in said:
                if said != before:
                    console.print(f"      {line}", markup=False)
    wrong, notes = (sum(f.severity is s for f in findings) for s in (Severity.WRONG, Severity.NOTE))
    id = "sum_wrong" if wrong else "sum_fine"
    console.print(text(f"doctor.{id}", language, wrong=wrong, notes=notes), style="red" if wrong else "green")


def _lines(finding: Finding, language: Language) -> list[str]:
    words = {part: finding.say(part, language) for part in _PARTS}
    return [f"{text(f'doctor.part.{part}', language)}{said}" for part, said in words.items() if said]


def as_data(findings: Sequence[Finding], language: Language) -> dict[str, object]:
    """The same for programs."""
    rows = [
        {
            "group": finding.group,
            "id": f"{finding.group}.{finding.id}",
            "severity": finding.severity,
            "facts": {key: str(value) for key, value in finding.facts.items()},
            **{part: words for part in ("what", *_PARTS) if (words := finding.say(part, language))},
        }
        for finding in findings
    ]
    return {"well": all(finding.severity is not Severity.WRONG for finding in findings), "findings": rows}


@contextmanager
def progress(language: Language) -> Iterator[Progress]:
    """A line on the terminal that says what is still being looked at; nothing where nobody looks."""
    console = terminal(stderr=True)
    if not console.is_terminal:
        yield lambda _: None
        return
    with console.status("") as status:
        yield lambda left: status.update(text("doctor.looking", language, number=len(left), what=", ".join(left[:4])))
