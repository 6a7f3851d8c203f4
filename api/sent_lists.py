"""Lists of homes that were sent and looked at and not entered yet. They hold personal data: kept in memory alone, and not for long."""

import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass, field

from facility.site.home_rows import HomeSheet

KEPT = 1800.0  # seconds
MOST = 10


@dataclass(slots=True)
class SentList:
    """A list by whoever sent it; `digest` of the file's bytes; `entered`: how many changes it made, None: not entered."""

    person: int
    name: str
    digest: str
    sheet: HomeSheet
    at: float
    entered: int | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)
    """Held while it is entered: pressed twice, it is entered once."""


@dataclass(slots=True)
class SentLists:
    """By a name that is made of chance."""

    _lists: OrderedDict[str, SentList] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def keep(self, sent: SentList) -> str:
        """The name under which it is found again; the oldest go when there are too many."""
        name = secrets.token_urlsafe(12)
        with self._lock:
            self._drop_old(sent.at)
            self._lists[name] = sent
            while len(self._lists) > MOST:
                self._lists.popitem(last=False)
        return name

    def find(self, name: str, person: int, at: float) -> SentList | None:
        """The list, for whoever sent it; None when it is not there (any more)."""
        with self._lock:
            self._drop_old(at)
            found = self._lists.get(name)
        return found if found is not None and found.person == person else None

    def _drop_old(self, at: float) -> None:
        for name in [name for name, sent in self._lists.items() if at - sent.at > KEPT]:
            del self._lists[name]
