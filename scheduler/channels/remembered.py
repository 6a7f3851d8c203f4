"""Texts of first attempts: times and links of a later attempt would make it another message, and a repetition would show twice."""

import threading
from collections import OrderedDict
from collections.abc import Callable

MOST = 1000  # texts; the oldest are forgotten first


class Remembered:
    """Texts by notice key. Safe to be used by several threads."""

    def __init__(self) -> None:
        self._texts: OrderedDict[str, str] = OrderedDict()
        self._lock = threading.Lock()

    def first(self, key: str, make: Callable[[], str]) -> str:
        """The text that was made first for this key."""
        with self._lock:
            if key not in self._texts:
                self._texts[key] = make()
            while len(self._texts) > MOST:
                self._texts.popitem(last=False)
            return self._texts[key]
