"""Renders templates for a reader: their language, the site's zone, escaped by default."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.language import COOKIE, language_of, named
from api.views.alerts import AlertView, EventView
from api.views.orders import OrderView
from api.views.places import point_of, position_title
from api.views.points import PointView, kind_of
from api.web.shown import Shown, bare, number, plain, shown
from facility.domain.asset import Site
from facility.domain.errors import StoreError
from facility.domain.reading import Value
from facility.domain.text import Language, Title
from facility.domain.unit import Unit
from facility.locale import catalogue, duration, moment, text
from facility.ports import Clock, Live

HERE = Path(__file__).parent
STATIC = HERE / "static"
SILENT = timedelta(seconds=10)
"""A program whose own account is older than this is not running."""

WATCHED = ("collectors", "scheduler")
_YEAR = 365 * 86400


class Pages:
    """All templates of the program."""

    def __init__(self, site: Site, clock: Clock, live: Live) -> None:
        self._site, self._clock, self._live = site, clock, live
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals["static"] = static_address

    def page(
        self,
        request: Request,
        template: str,
        *,
        status: int = 200,
        default: Language | None = None,
        facts: Mapping[str, object] | None = None,
    ) -> HTMLResponse:
        """A page in the reader's language; `default` replaces the site's language when the reader named none."""
        language = language_of(request, default or self._site.language)
        words = Words(self._site, language, self._clock.now())
        html = self._templates.get_template(template).render(
            w=words,
            both=[words, words.other()],
            site=self._site,
            lang=str(language),
            other=_other(language),
            other_address=_in_other(request, language),
            silent=self._silent_programs(words.now),
            path=request.url.path,
            **(facts or {}),
        )
        response = HTMLResponse(html, status)
        response.headers["content-language"] = str(language)
        response.headers["vary"] = "Accept-Language, Cookie"
        if named(request.query_params.get("lang")):
            response.set_cookie(COOKIE, str(language), max_age=_YEAR, httponly=True, samesite="lax")
        return response

    def _silent_programs(self, now: datetime) -> list[tuple[str, datetime | None]]:
        """Programs that should be running and are not, with their last sign of life."""
        try:
            known = self._live.programs()
        except StoreError:
            return [(name, None) for name in WATCHED]
        last = {name: known[name].at if name in known else None for name in WATCHED}
        return [(name, at) for name, at in last.items() if at is None or now - at > SILENT]


class Words:
    """Texts, times and values in one language, for one page at one moment."""

    def __init__(self, site: Site, language: Language, now: datetime) -> None:
        self.site, self.language, self.now = site, language, now

    def __call__(self, id: str, **params: object) -> str:
        """The text `pages.<id>`."""
        return text(f"pages.{id}", self.language, **params)

    def other(self) -> "Words":
        """The same in the other language."""
        return Words(self.site, _other(self.language), self.now)

    def has(self, id: str) -> bool:
        """There is a text `pages.<id>`."""
        return f"pages.{id}" in catalogue(self.language)

    def title(self, title: Title) -> str:
        """A name from data."""
        return title.in_language(self.language)

    def alert(self, alert: AlertView) -> str:
        """What the alert says: its kind; the rule's own title for a kind without a text."""
        return self._kind(alert.kind, "title") or self.title(alert.rule_title)

    def advice(self, kind: str) -> str:
        """What to do about an alert of this kind; empty when nothing is written down."""
        return self._kind(kind, "do")

    def order(self, order: OrderView) -> str:
        """What the order is for."""
        return (
            self.title(order.plan_title) if order.plan_title else self._kind(order.title_id, "title") or order.title_id
        )

    def detail(self, event: EventView) -> str:
        """What an alert's event adds: for an escalation the position that is told, or that nobody fills."""
        if event.what in ("escalated", "nobody"):
            return self.title(position_title(self.site, event.detail))
        return self("late") if event.what == "raised" else event.detail

    def shown(self, point: PointView) -> Shown:
        """A point's value."""
        return shown(point, self.language)

    def value(self, alert: AlertView, value: Value) -> str:
        """A measured value of an alert, with its unit."""
        return self.label(alert, value) or number(float(value), alert.unit, self.language)

    def limit(self, alert: AlertView, value: Value) -> str:
        """The limit of an alert, as the rule says it."""
        return self.label(alert, value) or self.number(float(value), alert.unit)

    def label(self, alert: AlertView, value: Value) -> str:
        """The word for a state of the alert's point; empty for a number."""
        point = point_of(self.site, alert.asset, alert.point)
        if isinstance(value, str):
            return self.title(point.labels[value]) if point and value in point.labels else value
        is_bit = point is not None and kind_of(point) == "bit"
        return text("pages.bit.on" if value else "pages.bit.off", self.language) if is_bit else ""

    def number(self, value: float, unit: Unit) -> str:
        """A measured value with its unit, all its digits kept."""
        return (
            f"{plain(value)}%"
            if unit == Unit.PERCENT
            else f"{plain(value)} {'' if unit == Unit.COUNT else unit}".strip()
        )

    def bare(self, value: float) -> str:
        """A number for a form: 0.2, 400."""
        return bare(value)

    def range(self, low: float | None, high: float | None) -> str:
        """The measuring range: 0～500."""
        if low is None and high is None:
            return ""
        dash = "～" if self.language is Language.ZH_CN else "–"
        return f"{'' if low is None else plain(low)}{dash}{'' if high is None else plain(high)}"

    def when(self, at: datetime, *, seconds: bool = False) -> str:
        """A time in running text."""
        return moment(at, self.language, self.site.zone, seconds=seconds)

    def stamp(self, at: datetime, *, seconds: bool = False) -> str:
        """A time in a table."""
        if self.language is Language.EN:
            return self.when(at, seconds=seconds)
        return f"{at.astimezone(self.site.zone):%Y-%m-%d %H:%M{':%S' if seconds else ''}}"

    def length(self, length: timedelta) -> str:
        """A length of time, never below nought."""
        return duration(length, self.language)

    def seconds(self, seconds: float) -> str:
        """A length of time given in seconds."""
        return self.length(timedelta(seconds=seconds))

    def age(self, at: datetime) -> str:
        """How long ago."""
        return self.length(self.now - at)

    def ago(self, at: datetime) -> str:
        """How long ago, in words."""
        return self("ago", length=self.age(at))

    def left(self, due: datetime) -> str:
        """Time left until `due`, or by how much it is over."""
        if due >= self.now:
            return self("left", length=self.length(due - self.now))
        return self("over", length=self.length(self.now - due))

    def for_script(self) -> str:
        """The words that the live script needs, as JSON."""
        ids = ("seconds", "minutes", "minutes_seconds", "hours", "hours_minutes", "days", "days_hours")
        words = {id: catalogue(self.language)[f"words.{id}"] for id in ids}
        pages = ("ago", "left", "over", "quality.stale", "last_good")
        return json.dumps(words | {id: catalogue(self.language)[f"pages.{id}"] for id in pages}, ensure_ascii=False)

    def _kind(self, kind: str, part: str) -> str:
        return catalogue(self.language).get(f"alerts.{kind}.{part}", "")


@cache
def static_address(name: str) -> str:
    """Address of a static file with its hash, so that it may be kept for a year."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


def _other(language: Language) -> Language:
    return Language.EN if language is Language.ZH_CN else Language.ZH_CN


def _in_other(request: Request, language: Language) -> str:
    kept = [(key, value) for key, value in request.query_params.multi_items() if key != "lang"]
    return f"{request.url.path}?{urlencode([*kept, ('lang', str(_other(language)))])}"
