"""The whole estate on one page, and one asset on its own."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from api.views.alerts import AlertView, ConditionView, alert_views, condition_view
from api.views.certificates import kind_title
from api.views.orders import OrderView, by_due, order_views
from api.views.places import position_title
from api.views.points import AssetView, asset_view
from facility.domain.asset import Asset, Site
from facility.domain.profile import System
from facility.domain.state import AssetState
from facility.domain.text import Title
from facility.flow.certificates import certificates
from facility.ports import WorkUnit

SYSTEMS = (System.POWER, System.WATER, System.GAS, System.FIRE, System.PARKING)
RECENT = 20
"""How many past alerts, orders and conditions an asset's page looks back on."""


@dataclass(frozen=True, slots=True)
class SystemView:
    """The assets of one system, in the site file's order."""

    system: str
    assets: tuple[AssetView, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """Systems with their assets, alerts that are not closed (most severe first), orders in work (due first), points by quality."""

    site: str
    title: Title
    at: datetime
    systems: tuple[SystemView, ...]
    alerts: tuple[AlertView, ...]
    orders: tuple[OrderView, ...]
    qualities: dict[str, int]

    @property
    def heard_of(self) -> bool:
        """At least one asset has readings."""
        return any(asset.at for system in self.systems for asset in system.assets)


@dataclass(frozen=True, slots=True)
class CertificateView:
    """A certificate of an asset, and whether its day is over."""

    kind: str
    title: Title
    expires: date
    expired: bool


@dataclass(frozen=True, slots=True)
class PastView:
    """Work that was done before."""

    finished: date
    title: Title
    kind: str
    by: str
    remark: str


@dataclass(frozen=True, slots=True)
class AssetDetail:
    """One asset with all its points, conditions, alerts and orders."""

    asset: AssetView
    operating: Title
    maintaining: Title
    link: str  # empty: nothing reads it
    link_title: Title
    place: str
    installed: date | None
    documents: tuple[str, ...]
    certificates: tuple[CertificateView, ...]
    past: tuple[PastView, ...]  # what was done before the program was there, as a list says
    conditions: tuple[ConditionView, ...]
    alerts: tuple[AlertView, ...]
    orders: tuple[OrderView, ...]


def overview(site: Site, unit: WorkUnit, states: dict[str, AssetState], now: datetime) -> Overview:
    """The estate as it is known at `now`."""
    alerts = alert_views(site, unit, unit.alerts.unclosed(), now)
    levels: dict[str, int] = {}
    for alert in alerts:
        levels[alert.asset] = min(alert.level, levels.get(alert.asset, alert.level))
    assets = [asset for asset in site.assets.values() if asset.wired and not asset.retired]
    return Overview(
        site=site.id,
        title=site.title,
        at=now,
        systems=tuple(
            SystemView(
                str(system),
                tuple(
                    asset_view(site, asset, states.get(asset.id), now, every=False, level=levels.get(asset.id))
                    for asset in assets
                    if asset.profile.system is system
                ),
            )
            for system in SYSTEMS
            if any(asset.profile.system is system for asset in assets)
        ),
        alerts=alerts,
        orders=order_views(site, unit, by_due(unit.orders.recent(100, unfinished_only=True)), now),
        qualities=qualities(site, assets, states, now),
    )


def qualities(site: Site, assets: list[Asset], states: dict[str, AssetState], now: datetime) -> dict[str, int]:
    """How many points are good, stale, bad and unknown."""
    counted = Counter(
        point.quality
        for asset in assets
        for point in asset_view(site, asset, states.get(asset.id), now, every=True).points
    )
    return {quality: counted[quality] for quality in ("good", "stale", "bad", "unknown")}


def asset_detail(site: Site, unit: WorkUnit, asset: Asset, state: AssetState | None, now: datetime) -> AssetDetail:
    """One asset as it is known at `now`."""
    open_now = [condition for condition in unit.conditions.open() if condition.asset == asset.id]
    ended = [
        condition
        for condition in unit.conditions.recent(500)
        if condition.asset == asset.id and condition.ended_at is not None
    ]
    unclosed = [alert for alert in unit.alerts.unclosed() if alert.asset == asset.id]
    known = {alert.id for alert in unclosed}
    past = [alert for alert in unit.alerts.recent(500) if alert.asset == asset.id and alert.id not in known]
    orders = [order for order in unit.orders.recent(500) if order.asset == asset.id]
    link = site.links.get(asset.link)
    return AssetDetail(
        asset=asset_view(site, asset, state, now, every=True, level=min((a.level for a in unclosed), default=None)),
        operating=position_title(site, asset.operating),
        maintaining=position_title(site, asset.maintaining),
        link=asset.link,
        link_title=link.title if link else Title(asset.link, asset.link),
        place=asset.place,
        installed=asset.installed,
        documents=asset.documents,
        certificates=tuple(
            CertificateView(
                each.kind, kind_title(site, each.kind), each.expires, each.expires < now.astimezone(site.zone).date()
            )
            for each in sorted(certificates(site, unit).values(), key=lambda each: each.expires)
            if each.asset == asset.id
        ),
        past=tuple(
            PastView(
                each.finished,
                site.plans[each.plan].title
                if each.plan in site.plans and not each.what
                else Title(each.what, each.what),
                each.kind.value,
                each.by,
                each.remark,
            )
            for each in unit.past_services.of_asset(asset.id, RECENT)
        ),
        conditions=tuple(condition_view(site, each) for each in [*open_now, *ended[:RECENT]]),
        alerts=alert_views(site, unit, [*unclosed, *past[:RECENT]], now),
        orders=order_views(site, unit, orders[:RECENT], now),
    )
