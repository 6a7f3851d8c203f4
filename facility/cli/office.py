"""The office: the site, its work database and the clock, which most commands need."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from facility.cli.output import refusing, site_path
from facility.cli.site import open_work
from facility.clock import clock_from_environment
from facility.domain.asset import Site
from facility.ports import Clock, Work
from facility.site import load


@dataclass(frozen=True, slots=True)
class Office:
    """What a command works with."""

    site: Site
    work: Work
    clock: Clock

    @property
    def now(self) -> datetime:
        """The present moment, also after somebody was asked."""
        return self.clock.now()


@contextmanager
def office(*, as_json: bool = False) -> Iterator[Office]:
    """The site and its work database; errors become exit codes."""
    with refusing(as_json=as_json):
        site = load(site_path(None))
        yield Office(site, open_work(site), clock_from_environment())
