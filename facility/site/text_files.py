"""Reads a file that people wrote, names it as they would, and refuses it with all its faults."""

import os
from pathlib import Path

from facility.domain.errors import SiteRefused
from facility.site.tree import Faults, Node


def read_text(path: Path, faults: Faults) -> str:
    """A file's text; a fault when it cannot be read."""
    place = Node(shown(path), 1, "")
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        faults.add(place, f"cannot be read: {error.strerror}.", "Name the file by its path, or set FACILITY_SITE.")
    except UnicodeDecodeError as error:
        faults.add(place, f"is not UTF-8 text: byte {error.start}.", "Save it as UTF-8.")
    return ""


def shown(path: Path) -> str:
    """A path as a person at this place would write it."""
    absolute = path.absolute()
    return os.path.relpath(absolute) if absolute.is_relative_to(Path.cwd()) else str(absolute)


def refuse(faults: Faults) -> None:
    """Raise SiteRefused when there are faults."""
    if faults.found:
        raise SiteRefused(faults.ordered)
