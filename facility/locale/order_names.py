"""Which plans, kinds of alert and assets have a name that holds what a reader typed."""

from facility.domain.asset import Site
from facility.domain.text import Language, Title
from facility.locale import catalogue
from facility.ports import OrderText


def order_text(site: Site, typed: str) -> OrderText | None:
    """For a filter of orders; None when nothing was typed."""
    words = typed.strip()
    if not words:
        return None

    def holds(title: Title) -> bool:
        return any(words.lower() in title.in_language(language).lower() for language in Language)

    kinds = {
        id.split(".")[1]
        for language in Language
        for id, title in catalogue(language).items()
        if id.startswith("alerts.") and id.endswith(".title") and words.lower() in title.lower()
    }
    plans = {plan.id for plan in site.plans.values() if holds(plan.title)}
    assets = {asset.id for asset in site.assets.values() if holds(asset.title)}
    return OrderText(words, frozenset(kinds | plans), frozenset(assets))
