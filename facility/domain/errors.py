"""The error tree: each error is built from facts and says where, what, and how to mend it.

FacilityError
├── Refusal            input from a person or a device that we refuse
│   ├── SiteRefused    the site file (all faults at once)
│   ├── NotFound       a thing that does not exist
│   ├── Conflict       a step that the present state does not allow
│   │   └── Taken      somebody else was faster: who, and when
│   ├── Unfit          what a person wrote cannot be taken: which field, and why
│   └── LinkRefused    an expired or forged link
└── StoreError         a store that cannot do its work
    ├── StoreUnavailable   away, locked, disk full: try again later
    └── StoreRejected      refused for good: the same input will be refused again
"""

from dataclasses import dataclass
from datetime import datetime


class FacilityError(Exception):
    """Base of all errors of the product."""


class Refusal(FacilityError):
    """Input that is refused; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault in an input file: `file:line`, what is wrong there, and how to mend it."""

    file: str
    line: int
    what: str
    mend: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.what} {self.mend}".rstrip()


class SiteRefused(Refusal):
    """A site file or profile with faults; carries all of them."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults


class NotFound(Refusal):
    """A thing named by a person or a program does not exist."""

    def __init__(self, kind: str, name: object) -> None:
        super().__init__(f"{kind} {name} does not exist")
        self.kind = kind
        self.name = str(name)


class Conflict(Refusal):
    """The present state does not allow this step."""


class Taken(Conflict):
    """Somebody else did it first; says who and when."""

    def __init__(self, thing: str, done: str, by: str, at: datetime) -> None:
        super().__init__(f"{thing} was {done} by {by} at {at:%Y-%m-%d %H:%M:%S %Z}")
        self.thing, self.done, self.by, self.at = thing, done, by, at


class Unfit(Refusal):
    """What a person wrote cannot be taken. `id`: of the text that says why (`pages.fault.<id>`), with its parameters."""

    def __init__(self, field: str, id: str, what: str, **params: object) -> None:
        super().__init__(f"{field}: {what}")
        self.field, self.id, self.params = field, id, params


class LinkRefused(Refusal):
    """A link that is forged, damaged or expired; `reason` is one of those three words."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the link is {reason}; ask for a new one")
        self.reason = reason


class StoreError(FacilityError):
    """A store could not do its work; `store` names it, `mend` says what an operator can do."""

    def __init__(self, store: str, what: str, mend: str) -> None:
        super().__init__(f"{store}: {what}. {mend}")
        self.store = store
        self.what = what
        self.mend = mend


class StoreUnavailable(StoreError):
    """Away, locked or full; the same call may succeed later and nothing was lost by it."""


class StoreRejected(StoreError):
    """Refused for good: the same input will be refused again (type conflict, unreadable line, wrong token)."""


class SchemaUnknown(StoreError):
    """The database's schema is not the one that this program knows."""


class LeaseLost(StoreError):
    """Another process took the leader's lease; the transaction was rolled back."""
