"""Homes (房屋) and who lives in them: addresses, residents, phones that are shown masked, how a home is asked for."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

LONGEST_PART, LONGEST_NAME, LONGEST_PLATE, MOST_PLATES = 20, 60, 12, 10
KEPT = timedelta(days=365)
"""How long the data of a person who has moved out are kept, unless somebody says otherwise."""

_PHONE = re.compile(r"\+?\d{5,15}")
_PLATE = re.compile(r"[\w·]+")
_BETWEEN = re.compile(r"[\s\-–—()（）]+")
_DASHES = re.compile(r"\s*[-–—]\s*")
_BETWEEN_PLATES = re.compile(r"[\s,，、;；/]+")


class Standing(StrEnum):
    """What a person is to the home that they live in or own."""

    OWNER = "owner"
    RESIDENT = "resident"
    TENANT = "tenant"


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """Where a home is: building, unit (empty in a building without units) and number, as the estate writes them."""

    building: str
    unit: str
    number: str

    def __str__(self) -> str:
        return "-".join(part for part in (self.building, self.unit, self.number) if part)


@dataclass(frozen=True, slots=True)
class Home:
    """One home. `vacant_since`: the day since when nobody lives there; None: lived in. `version` rises with each change."""

    id: int
    address: Address
    vacant_since: date | None = None
    version: int = 1

    @property
    def vacant(self) -> bool:
        """Nobody lives there: it is inspected once a month."""
        return self.vacant_since is not None


@dataclass(frozen=True, slots=True)
class Resident:
    """A person of a home. `pseudonym` stands for them in the audit, and stays there when their data are erased.

    `phone`: digits, a leading + for another country; empty: none. `plates`: of their vehicles. `left_on`: moved out.
    """

    id: int
    home: int
    pseudonym: str
    name: str
    standing: Standing
    phone: str = ""
    plates: tuple[str, ...] = ()
    came_on: date | None = None
    left_on: date | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody looks for: an address (`parts`, in order), or words that all must fit the home or its people."""

    parts: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """For the log, which must not repeat names and phones: all, address, digits or words."""
        if self.parts:
            return "address"
        if not self.words:
            return "all"
        return "digits" if all(word.isdecimal() for word in self.words) else "words"


def asked(text: str) -> Asked:
    """`3-2-1501` is an address; everything else is words, in any order: `李 1501`, a phone's end, a plate."""
    clean = text.strip()
    parts = tuple(_DASHES.split(clean))
    if 2 <= len(parts) <= 3 and all(part and len(part) <= 5 and " " not in part for part in parts):
        return Asked(parts=parts)
    return Asked(words=tuple(clean.split()))


def phone_of(text: str) -> str | None:
    """Digits alone, with a leading + if there was one; None when this is no phone number."""
    clean = _BETWEEN.sub("", text.strip())
    return clean if not clean or (clean.isascii() and _PHONE.fullmatch(clean)) else None


def plates_of(text: str) -> tuple[str, ...] | None:
    """Plates in upper case, each once; None when one of them cannot be a plate, or there are too many."""
    found = tuple(dict.fromkeys(plate.upper() for plate in _BETWEEN_PLATES.split(text.strip()) if plate))
    fit = all(len(plate) <= LONGEST_PLATE and _PLATE.fullmatch(plate) for plate in found)
    return found if fit and len(found) <= MOST_PLATES else None


def masked(phone: str) -> str:
    """13****678: a beginning and an end by which a person knows their own number; at most half of its digits."""
    if not phone:
        return ""
    last = min(4, len(phone) // 4 + 1)
    first = min(3, len(phone) // 2 - last)
    return f"{phone[: max(first, 0)]}****{phone[-last:]}" if len(phone) > last else "****"


class Purpose(StrEnum):
    """Why somebody looks at the data of residents. Words to choose from: free text would carry names into the audit."""

    REPAIR = "repair"
    COMPLAINT = "complaint"
    FOLLOW_UP = "follow_up"
    EMERGENCY = "emergency"
    UPKEEP = "upkeep"  # of the register itself
    ASKED_BY_PERSON = "asked_by_person"  # the resident wants to know or to be forgotten
    RETENTION = "retention"  # the time for which data may be kept is over


@dataclass(frozen=True, slots=True)
class Listed:
    """One row of a list of homes: a home, and a person of it unless `name` is empty. `vacant` None: not said."""

    address: Address
    name: str = ""
    standing: Standing = Standing.OWNER
    phone: str = ""
    plates: tuple[str, ...] = ()
    vacant: bool | None = None
