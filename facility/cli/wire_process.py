"""A process that has the wires: `python -m collectors read|probe …`, and what it tells, line by line."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

from rich.markup import escape

from facility.cli.output import terminal

Event = dict[str, Any]


class WireProcess:
    """Runs the process; iterate over what it tells, then look at `code`. Ctrl-C lets it end with what it has."""

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        self.stopped = False
        self._process = subprocess.Popen(
            [sys.executable, "-m", "collectors", *arguments],
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            start_new_session=True,  # Ctrl-C reaches us alone; we pass it on
        )

    @property
    def code(self) -> int:
        """Its exit code, once it has ended."""
        return self._process.wait()

    def __iter__(self) -> Iterator[Event]:
        assert self._process.stdout is not None
        with self._passing_on(), self._process.stdout as lines:
            for line in lines:
                yield json.loads(line)

    @contextmanager
    def _passing_on(self) -> Iterator[None]:
        numbers = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, self._on_signal) for number in numbers}
        try:
            yield
        finally:
            if self._process.poll() is None and sys.exc_info()[0] is not None:
                self._process.kill()
            for number, handler in before.items():
                signal.signal(number, handler)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        """The first time it may tell what it has; the second time it ends at once."""
        if self.stopped:
            self._process.kill()
        self.stopped = True
        self._process.send_signal(signal.SIGINT)


@contextmanager
def progress(text: str, *, quiet: bool) -> Iterator["Progress"]:
    """What goes on, in one line that changes; nothing unless a person looks."""
    console = terminal(stderr=True)
    if quiet or not console.is_terminal:
        yield Progress(None)
        return
    with console.status(text, spinner="dots") as status:
        yield Progress(status)


class Progress:
    """The line that changes."""

    def __init__(self, status: Any) -> None:
        self._status = status

    def say(self, text: str) -> None:
        """Another text."""
        if self._status is not None:
            self._status.update(escape(text))


def briefly(fault: str) -> str:
    """A fault for the line that changes: without what helps."""
    return fault.split(" (")[0]


def last(events: Iterator[Event], on: Mapping[str, Any]) -> dict[str, Event]:
    """The latest event of each sort; `on` is told of each as it comes."""
    latest: dict[str, Event] = {}
    for event in events:
        latest[event["event"]] = event
        if event["event"] in on:
            on[event["event"]](event)
    return latest
