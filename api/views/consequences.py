"""What an alert tells of besides its own condition: its consequences, and since when."""

from dataclasses import dataclass
from datetime import datetime

from api.views.places import area_title, rule_title, thing_title
from facility.domain.asset import Site
from facility.domain.text import Title
from facility.ports import WorkUnit

SHOWN = 200


@dataclass(frozen=True, slots=True)
class ConsequenceView:
    """One condition that is told by a cause's alert. `released_at`: it is told by itself since; `alert`: an alert of its own."""

    asset: str
    asset_title: Title
    asset_known: bool
    area_title: Title | None
    rule: str
    rule_title: Title
    onset: datetime
    since: datetime
    ended_at: datetime | None
    released_at: datetime | None
    alert: int | None


def consequence_views(site: Site, unit: WorkUnit, alert: int) -> tuple[ConsequenceView, ...]:
    """The latest consequences of an alert, those that are hidden now first."""
    rows = sorted(unit.folds.of_cause(alert, SHOWN), key=lambda row: not row.hidden)
    return tuple(
        ConsequenceView(
            asset=row.asset,
            asset_title=thing_title(site, row.asset),
            asset_known=row.asset in site.assets,
            area_title=area_title(site, row.asset),
            rule=row.rule,
            rule_title=rule_title(site, row.asset, row.rule),
            onset=row.onset,
            since=row.since,
            ended_at=row.ended_at,
            released_at=row.released_at,
            alert=row.own,
        )
        for row in rows
    )
