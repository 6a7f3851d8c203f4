"""Runs all checks at once, each within its own time: what hangs is a finding and holds nobody else."""

import queue
import threading
import time
from collections.abc import Callable, Sequence

from facility.cli.doctor.finding import Check, Finding, Group, wrong

Progress = Callable[[Sequence[str]], None]
"""Told what is still being looked at."""

SLICE = 0.2  # seconds between two looks at what hangs


def examine(checks: Sequence[Check], progress: Progress) -> list[Finding]:
    """All findings, in the order of the groups and of the checks."""
    answers: queue.SimpleQueue[tuple[int, list[Finding]]] = queue.SimpleQueue()
    began = time.monotonic()
    for number, check in enumerate(checks):
        threading.Thread(target=_run, args=(number, check, answers), name=check.about, daemon=True).start()
    found: dict[int, list[Finding]] = {}
    while len(found) < len(checks):
        progress([check.about for number, check in enumerate(checks) if number not in found])
        try:
            number, findings = answers.get(timeout=SLICE)
            found.setdefault(number, findings)  # one that came too late is left out
        except queue.Empty:
            _give_up(checks, found, time.monotonic() - began)
    order = list(Group)
    numbers = sorted(found, key=lambda number: (order.index(checks[number].group), number))
    return [finding for number in numbers for finding in found[number]]


def _run(number: int, check: Check, answers: "queue.SimpleQueue[tuple[int, list[Finding]]]") -> None:
    try:
        findings = list(check.run())
    except Exception as error:  # a check that fails must not take the others along: that it failed is what it found
        why = f"{type(error).__name__}: {error}"
        findings = [wrong(Group.SETTINGS, "check_failed", about=check.about, why=why)]
    answers.put((number, findings))


def _give_up(checks: Sequence[Check], found: dict[int, list[Finding]], passed: float) -> None:
    for number, check in enumerate(checks):
        if number not in found and passed > check.within:
            found[number] = [wrong(check.group, "hangs", about=check.about, seconds=f"{check.within:g}")]
