"""A work database with its tables, as a copy: sixteen migrations cost more than most tests."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from facility.store.sql import SqlWork


def lay_tables(path: Path) -> str:
    """Put an empty work database there, with all its tables; its address."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(template(), path)
    return f"sqlite:///{path}"


@cache
def template() -> Path:
    """Made once by each test process, by the migrations."""
    folder = Path(tempfile.mkdtemp(prefix="facility-tables-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    migrate(f"sqlite:///{folder / 'work.db'}")
    return folder / "work.db"


def migrate(url: str) -> None:
    """Make the tables."""
    work = SqlWork(url, "template")
    work.prepare()
    work.close()
