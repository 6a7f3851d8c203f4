"""The terminal: its keys, one at a time, without Enter (none where there is no terminal), and how it is left."""

import os
import select
import signal
import sys
import termios
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

QUIT = "q"
Key = Callable[[float], str]
"""Waits so many seconds for a key; empty when none came."""


@contextmanager
def keys() -> Iterator[Key]:
    """Take the keys of standard input; the terminal is as it was afterwards."""
    if not sys.stdin.isatty():
        yield _none
        return
    file = sys.stdin.fileno()
    before = termios.tcgetattr(file)
    tty.setcbreak(file)
    try:
        yield lambda seconds: _pressed(file, seconds)
    finally:
        with suppress(termios.error):  # the terminal is gone
            termios.tcsetattr(file, termios.TCSADRAIN, before)


def _pressed(file: int, seconds: float) -> str:
    """Read past Python's own buffer: a key that lies in it would not be seen by select. A terminal that is gone is QUIT."""
    if not select.select([file], [], [], seconds)[0]:
        return ""
    try:
        return os.read(file, 1).decode(errors="replace") or QUIT
    except OSError:
        return QUIT


def _none(seconds: float) -> str:
    select.select([], [], [], seconds)
    return ""


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """A terminal that is closed (SIGHUP) and a request to end (SIGTERM) act as Ctrl-C does: the screen is put back first."""
    numbers = (signal.SIGHUP, signal.SIGTERM)
    before = {number: signal.signal(number, _interrupt) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def leave_terminal() -> None:
    """Nobody has the terminal any more: what is still to be written goes nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        if stream.isatty():
            os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
