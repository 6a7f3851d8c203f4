"""Keys of the terminal, one at a time, without Enter; none where there is no terminal."""

import os
import select
import sys
import termios
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager

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
