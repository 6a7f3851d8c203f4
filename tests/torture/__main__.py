"""`python -m tests.torture [ID …]`: holds the product to its promises one after the other, and prints a table at the end.

FACILITY_TORTURE=full (the default here) or short. Writes nothing but the output of failed tests, into a folder that it names.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.torture.promises import PROMISES, Promise

ROOT = Path(__file__).resolve().parents[2]
LOOK = 1.0  # seconds between two looks at a run


@dataclass(frozen=True)
class Result:
    """How one promise did."""

    promise: Promise
    word: str  # kept, broken, skipped
    summary: str  # pytest's own last line
    seconds: float


def main(wanted: Sequence[str]) -> int:
    """0 when all promises were kept; 1 when one was broken or its test could not run; 2 for an unknown id."""
    unknown = set(wanted) - {promise.id for promise in PROMISES}
    if unknown:
        _say(f"{', '.join(sorted(unknown))}: no such promise; {', '.join(p.id for p in PROMISES)} are tortured")
        return 2
    full = os.environ.get("FACILITY_TORTURE", "full") == "full"
    chosen = [promise for promise in PROMISES if not wanted or promise.id in wanted]
    folder = Path(tempfile.mkdtemp(prefix="facility-torture-"))
    _say(f"{'full' if full else 'short'} length; output in {folder}")
    results = [run(promise, number, len(chosen), folder, full=full) for number, promise in enumerate(chosen, 1)]
    _say(table(results, full=full))
    return int(any(result.word != "kept" for result in results))


def run(promise: Promise, number: int, of: int, folder: Path, *, full: bool) -> Result:
    """Run the tests of one promise; a line says how far it is."""
    head = f"[{number}/{of}] {promise.id:<4} {promise.words}"
    log = folder / f"{promise.id}.log"
    if not sys.stdout.isatty():
        _say(f"{head} …")
    began = time.monotonic()
    with log.open("wb") as output:
        command = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", *promise.tests]
        process = subprocess.Popen(command, cwd=ROOT, env=environment(promise, full=full), stdout=output, stderr=output)
        while (code := _wait(process)) is None:
            _progress(f"{head}: {time.monotonic() - began:.0f} s")
    lines = log.read_text("utf-8", errors="replace").splitlines()
    summary = lines[-1].strip(" =") if lines else "no output"
    word = "kept" if code == 0 and "skipped" not in summary else "skipped" if code == 0 else "broken"
    result = Result(promise, word, summary, time.monotonic() - began)
    _clear()
    _say(f"{head}: {word} ({summary})" + ("" if word == "kept" else f"; see {log}"))
    return result


def environment(promise: Promise, *, full: bool) -> Mapping[str, str]:
    """What its tests run with."""
    variables = promise.variables if full else {}
    return {**os.environ, "FACILITY_TORTURE": "full" if full else "short", **variables}


def table(results: Sequence[Result], *, full: bool) -> str:
    """Promise, length, result and seconds, as Markdown."""
    lines = [
        "",
        f"| id | promise | length ({datetime.now(UTC):%Y-%m-%d}) | result | seconds |",
        "|---|---|---|---|---|",
    ]
    for result in results:
        promise = result.promise
        length = promise.full if full and promise.full != "the same" else promise.short
        lines.append(f"| {promise.id} | {promise.words} | {length} | {result.word} | {result.seconds:.0f} |")
    return "\n".join(lines)


def _wait(process: "subprocess.Popen[bytes]") -> int | None:
    try:
        return process.wait(LOOK)
    except subprocess.TimeoutExpired:
        return None


def _say(text: str, end: str = "\n") -> None:
    sys.stdout.write(text + end)
    sys.stdout.flush()


def _progress(line: str) -> None:
    """On a terminal: how far it is, in place."""
    if sys.stdout.isatty():
        _say(f"\r\x1b[K{line}", end="")


def _clear() -> None:
    if sys.stdout.isatty():
        _say("\r\x1b[K", end="")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
