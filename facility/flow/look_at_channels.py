"""Look at the channels of the site file: how each does."""

from dataclasses import dataclass
from datetime import datetime

from facility.domain.asset import Site
from facility.domain.channel import ChannelHealth
from facility.domain.notice import ChannelSpec
from facility.ports import WorkUnit


@dataclass(frozen=True, slots=True)
class ChannelReport:
    """A channel, what its vendor last answered, and how many messages it counted in `month` (2026-11, by the site's clock)."""

    spec: ChannelSpec
    health: ChannelHealth
    month: str

    @property
    def used(self) -> int:
        """In this month."""
        return self.health.used_in(self.month)


def look_at_channels(site: Site, unit: WorkUnit, now: datetime) -> list[ChannelReport]:
    """In the order of the site file."""
    known = {health.channel: health for health in unit.channels.all()}
    month = f"{now.astimezone(site.zone):%Y-%m}"
    return [ChannelReport(spec, known.get(id, ChannelHealth(id)), month) for id, spec in site.channels.items()]
