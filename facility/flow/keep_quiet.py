"""Keep quiet what is shelved, out of service or suppressed by design; tell it when that is over and it is still there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from facility.domain.alert import Alert, AlertEvent, AlertStep
from facility.domain.asset import Site
from facility.domain.condition import Condition
from facility.domain.notice import NoticeState
from facility.domain.rule import Truth, judge
from facility.domain.state import AssetState
from facility.domain.suppression import Suppression, SuppressionKind
from facility.flow.compose import ALERT
from facility.flow.judge_site import Sight
from facility.flow.memory import Memory
from facility.flow.open_orders import open_corrective
from facility.flow.tell_again import tell_again
from facility.ports import WorkUnit


@dataclass(frozen=True, slots=True)
class Quiet:
    """What is kept quiet now: what people ordered, and the rules that the site file suppresses."""

    ordered: tuple[Suppression, ...] = ()
    designed: frozenset[tuple[str, str]] = frozenset()

    def of(self, asset: str, rule: str, *, latched: bool = False, by_hand: bool = False) -> str:
        """Why this rule of this asset is quiet; empty when it is not. Nothing keeps a latched rule quiet.

        An asset that is out of service keeps nobody from raising an alert by hand.
        """
        if latched:
            return ""
        for order in self.ordered:
            if order.covers(asset, rule) and (order.rule or not by_hand):
                return order.kind.value
        return SuppressionKind.SUPPRESSED.value if (asset, rule) in self.designed else ""


def quiet_now(
    site: Site, unit: WorkUnit, states: Mapping[str, AssetState], conditions: Iterable[Condition], now: datetime
) -> Quiet:
    """End what is over, and return what is quiet."""
    standing = []
    for order in unit.suppressions.standing():
        if order.until is not None and order.until <= now:
            unit.suppressions.change(replace(order, ended_at=now))
            unit.audit.note(now, None, f"{order.kind}.over", f"suppression:{order.id}", {"asset": order.asset})
        else:
            standing.append(order)
    return Quiet(tuple(standing), frozenset(_designed(site, states, conditions, now)))


def keep_quiet(
    site: Site, unit: WorkUnit, alerts: Iterable[Alert], quiet: Quiet, memory: Memory, now: datetime
) -> None:
    """Alerts become quiet, or are told again."""
    for alert in alerts:
        reason = quiet.of(alert.asset, alert.rule, latched=alert.latched, by_hand=alert.by_hand)
        if reason == alert.hidden:
            continue
        if reason:
            unit.alerts.change(replace(alert, hidden=reason))
            unit.alerts.log(AlertEvent(alert.id, now, f"hidden_{reason}"))
            _stop_climbing(unit, alert, now)
        else:
            unit.alerts.log(AlertEvent(alert.id, now, f"{alert.hidden}_over"))
            shown = unit.alerts.change(replace(alert, hidden=""))
            if alert.state.active:
                tell_again(site, unit, shown, AlertStep.RENEW, now, memory, now)
                if _wants_order(site, alert):
                    open_corrective(site, unit, shown, now)


def _wants_order(site: Site, alert: Alert) -> bool:
    """Its rule opens an order; none was opened while it was hidden."""
    try:
        return site.rule(alert.asset, alert.rule).order
    except KeyError:
        return False


def _stop_climbing(unit: WorkUnit, alert: Alert, now: datetime) -> None:
    """Later steps are not told. Who had to be told first still is: a shelf hides nothing from the manager."""
    for notice in unit.notices.of_alert(alert.id):
        if notice.state is NoticeState.WAITING and notice.rung > 0 and notice.message.id == ALERT:
            unit.notices.change(replace(notice, state=NoticeState.WITHDRAWN, done_at=now))
    for deadline in unit.alerts.deadlines(alert.id):
        if deadline.step > 0 and deadline.met_at is None and deadline.missed_at is None:
            unit.alerts.change_deadline(replace(deadline, waived_at=now))


def _designed(
    site: Site, states: Mapping[str, AssetState], conditions: Iterable[Condition], now: datetime
) -> Iterable[tuple[str, str]]:
    if not site.suppressions:
        return
    sight = Sight(site, {(found.asset, found.rule): found for found in conditions}, states, now)
    for designed in site.suppressions.values():
        if judge(designed.when, lambda leaf: sight.truth(leaf, open_now=False)) is Truth.TRUE:
            yield from designed.rules
