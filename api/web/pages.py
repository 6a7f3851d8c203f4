"""Renders templates for a reader: their language, the site's zone, escaped by default."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from functools import cache
from math import floor
from pathlib import Path
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.language import COOKIE, language_of, named
from api.views.alerts import AlertView, EventView
from api.views.orders import OrderView
from api.views.places import point_of, position_title, thing_title
from api.views.points import PointView
from api.web.shown import Shown, bare, number, plain, shown
from facility.domain.account import Identity
from facility.domain.asset import Site
from facility.domain.drill import Drill
from facility.domain.errors import StoreError
from facility.domain.reading import Value
from facility.domain.role import HOME_KEEPERS, OPERATORS, OVERSEERS, PLANNERS, REQUEST_KEEPERS, STAFF, Role
from facility.domain.state import LEVEL_1_WAITS
from facility.domain.text import Language, Message, Title
from facility.domain.unit import Unit
from facility.flow.drill import running
from facility.locale import catalogue, duration, moment, render, text
from facility.ports import Clock, Live, Work

HERE = Path(__file__).parent
STATIC = HERE / "static"
SILENT = timedelta(seconds=10)
"""A program whose own account is older than this is not running."""

BROWSERS = (
    ("MicroMessenger", "WeChat"), ("wxwork", "WeCom"), ("DingTalk", "DingTalk"), ("Lark", "Feishu"), ("Edg", "Edge"),
    ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("OpenHarmony", "HarmonyOS"), ("Windows", "Windows"),
    ("Mac OS", "macOS"), ("Linux", "Linux"),
)  # fmt: skip
"""What a browser's own account of itself holds, and what it means; the first one counts."""

MENU = (
    ("assets", STAFF), ("figures", STAFF), ("reports", STAFF), ("energy", STAFF), ("handover", STAFF), ("homes", HOME_KEEPERS),
    ("programs", OPERATORS), ("channels", PLANNERS), ("drills", STAFF), ("accounts", frozenset({Role.SYSTEM_ADMINISTRATOR})),
    ("audit", OVERSEERS),
)  # fmt: skip
"""Pages at the foot of each page, and who sees them."""

LINKS = ("/a/", "/o/")
"""Addresses of personal links: their readers are ours too, and are told what does not run and which drill does; strangers are not."""

AUDITED = {"why": "pages.homes.purpose", "fields": "pages.audit.resident", "asked": "pages.audit.asked"}
"""Where the words stand for what the audit keeps as a name."""

WATCHED = ("collectors", "scheduler")
NOTHING_SAID: Mapping[str, object] = {"silent": [], "unsent": None}  # strangers are not told how the programs are
TOO_LONG = 30.0  # seconds that a level-1 message waits for a channel before every page says so
_YEAR = 365 * 86400


class Pages:
    """All templates of the program."""

    def __init__(self, site: Site, clock: Clock, live: Live, work: Work) -> None:
        self._site, self._clock, self._live, self._work = site, clock, live, work
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
        who: Identity | None = getattr(request.state, "identity", None)
        ours = who is not None or request.url.path.startswith(LINKS)
        html = self._templates.get_template(template).render(
            w=words,
            both=[words, words.other()],
            site=self._site,
            lang=str(language),
            other=_other(language),
            other_address=_in_other(request, language),
            **(self._of_programs(words.now) if ours else NOTHING_SAID),
            drill_now=self._drill(words.now) if ours else None,
            path=request.url.path,
            who=who if who is not None and who.account is not None else None,
            csrf=getattr(request.state, "csrf", ""),
            sees_estate=who is not None and bool(who.roles & STAFF),
            sees_requests=who is not None and bool(who.roles & REQUEST_KEEPERS),
            menu=[
                name for name, roles in MENU if who and who.roles & roles and (name != "drills" or self._site.drills)
            ],
            **(facts or {}),
        )
        response = HTMLResponse(html, status)
        response.headers["content-language"] = str(language)
        response.headers["vary"] = "Accept-Language, Cookie"
        if named(request.query_params.get("lang")):
            response.set_cookie(COOKIE, str(language), max_age=_YEAR, httponly=True, samesite="lax")
        return response

    def _of_programs(self, now: datetime) -> Mapping[str, object]:
        """`silent`: programs that should run and do not, with their last sign of life. `unsent`: how long level 1 waits."""
        try:
            known = self._live.programs()
        except StoreError:
            return {"silent": [(name, None) for name in WATCHED], "unsent": None}
        last = {name: known[name].at if name in known else None for name in WATCHED}
        silent = [(name, at) for name, at in last.items() if at is None or now - at > SILENT]
        waits = known["scheduler"].metrics.get(LEVEL_1_WAITS, 0.0) if "scheduler" in known else 0.0
        return {"silent": silent, "unsent": timedelta(seconds=waits) if waits > TOO_LONG else None}

    def _drill(self, now: datetime) -> Drill | None:
        """The drill that runs: every page says so."""
        if self._site.drills is None:
            return None
        try:
            with self._work.reading() as unit:
                return running(unit, now)
        except StoreError:
            return None


class Words:
    """Texts, times and values in one language, for one page at one moment."""

    def __init__(self, site: Site, language: Language, now: datetime) -> None:
        self.site, self.language, self.now = site, language, now

    def __call__(self, id: str, **params: object) -> str:
        """The text `pages.<id>`."""
        return text(f"pages.{id}", self.language, **params)

    def say(self, id: str, **params: object) -> str:
        """The text `<id>`, of any topic."""
        return text(id, self.language, **params)

    def says(self, id: str) -> bool:
        """There is a text `<id>`."""
        return id in catalogue(self.language)

    def why(self, steps: Iterable[Message]) -> str:
        """Why somebody, or nobody, is on duty."""
        return ("；" if self.language is Language.ZH_CN else "; ").join(render(step, self.language) for step in steps)

    def day(self, day: date) -> str:
        """A day with its weekday: 周四 11-26 / Thu 26 Nov; with its year when it is not this one."""
        weekday = text(f"people.weekday_{day.isoweekday()}", self.language)
        this_year = day.year == self.now.astimezone(self.site.zone).year
        if self.language is Language.ZH_CN:
            return f"{weekday} {day:%m-%d}" if this_year else f"{weekday} {day:%Y-%m-%d}"
        month = text(f"words.month_{day.month}", self.language)
        return f"{weekday} {day.day} {month}" if this_year else f"{weekday} {day.day} {month} {day.year}"

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

    def kind(self, kind: str) -> str:
        """The title of a kind of alerts."""
        return self._kind(kind, "title") or kind

    def advice(self, kind: str) -> str:
        """What to do about an alert of this kind; empty when nothing is written down."""
        return self._kind(kind, "do")

    def order(self, order: OrderView) -> str:
        """What the order is for."""
        title = order.subject or order.plan_title
        return self.title(title) if title else self._kind(order.title_id, "title") or order.title_id

    def plan_title(self, plan: str) -> str:
        """The title of a plan; its bare name when the site file no longer has it."""
        known = self.site.plans.get(plan)
        return self.title(known.title) if known else plan

    def thing(self, name: str) -> str:
        """The title of an asset, link or position."""
        return self.title(thing_title(self.site, name))

    def tariff(self, name: str) -> str:
        """A period of a tariff; a name of the site's own as it is."""
        known = f"pages.energy.period.{name}"
        return text(known, self.language) if known in catalogue(self.language) else name

    def share(self, share: float | None) -> str:
        """97.5 %, or that there is no data."""
        if share is None:
            return self("kpi.no_data")
        tenths = floor(share * 1000 + 1e-9)  # rounded down: what is not all is never shown as 100 %
        return f"{tenths / 10:g} %"

    def detail(self, event: EventView) -> str:
        """What an alert's event adds: for an escalation the position that is told, or that nobody fills."""
        if event.what in ("escalated", "nobody", "deadline_missed"):
            return self.title(position_title(self.site, event.detail))
        if event.what in ("told", "told_all_clear", "refused"):
            channel, _, code = event.detail.partition(" ")
            return f"{self.channel(channel)} {code}".rstrip()
        if event.what == "plan_step":
            return self("plan.step", step=event.detail)
        if event.what == "quiet":
            return self.when(datetime.fromisoformat(event.detail))
        return self("late") if event.what == "raised" else event.detail

    def role(self, who: Identity) -> str:
        """The roles of whoever is signed in, the short words, two at most."""
        held = [self(f"role.{role}") for role in Role if role in who.roles]
        return self("comma").join(held[:2]) + (" …" if len(held) > 2 else "")

    def browser(self, agent: str) -> str:
        """Which browser on what, as far as it says; the least that tells two devices of one person apart."""
        for names in (BROWSERS, SYSTEMS):
            found = next((shown for mark, shown in names if mark in agent), "")
            if not found:
                return agent.split("/")[0][:40] or self("account.unknown_browser")
        browser = next(shown for mark, shown in BROWSERS if mark in agent)
        return f"{browser}, {next(shown for mark, shown in SYSTEMS if mark in agent)}"

    def act(self, action: str) -> str:
        """What an audited action is called: alert.told, account.signed_in; itself when there is no word for it."""
        texts = catalogue(self.language)
        event = f"pages.event.{action.removeprefix('alert.')}"
        return (
            texts.get(f"pages.audit.action.{action.replace('.', '_')}")
            or (action.startswith("alert.") and texts.get(event))
            or action
        )

    def told(self, value: object, name: str = "") -> str:
        """A plain value of the audit: times as they stand in tables, words of ours in the reader's language, all else as it is."""
        said = [self._told(str(each), name) for each in (value if isinstance(value, list) else [value])]
        text = self("comma").join(said)
        if len(text) < len("2026-11-23T06:05+00:00") or text[10:11] != "T":
            return text
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            return text
        return self.stamp(at, seconds=True) if at.tzinfo else text

    def _told(self, value: str, name: str) -> str:
        return catalogue(self.language).get(f"{AUDITED[name]}.{value}", value) if name in AUDITED else value

    def channel(self, id: str) -> str:
        """A channel's name; its id when the site file has lost it."""
        spec = self.site.channels.get(id)
        return self.title(spec.title) if spec else id

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
        is_bit = point is not None and point.kind == "bit"
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
        """Limits: 0～500, ≥ 0.5, ≤ 70; empty without any."""
        if low is None or high is None:
            return f"≥ {plain(low)}" if low is not None else f"≤ {plain(high)}" if high is not None else ""
        dash = "～" if self.language is Language.ZH_CN else "–"
        return f"{plain(low)}{dash}{plain(high)}"

    def when(self, at: datetime, *, seconds: bool = False) -> str:
        """A time in running text."""
        return moment(at, self.language, self.site.zone, seconds=seconds)

    def until(self, at: datetime) -> str:
        """When something ends, in running text: a midnight is the end of its day, 24:00."""
        if at.astimezone(self.site.zone).time() != time(0):
            return self.when(at)
        return self.when(at - timedelta(minutes=1)).replace("23:59", "24:00")

    def stamp(self, at: datetime, *, seconds: bool = False) -> str:
        """A time in a table."""
        if self.language is Language.EN:
            return self.when(at, seconds=seconds)
        return f"{at.astimezone(self.site.zone):%Y-%m-%d %H:%M{':%S' if seconds else ''}}"

    def local(self, at: datetime) -> str:
        """A time as a form's field takes it, in the site's zone."""
        return f"{at.astimezone(self.site.zone):%Y-%m-%dT%H:%M}"

    def later(self, hours: float) -> str:
        """So many hours from now, as a form's field takes it."""
        return self.local(self.now + timedelta(hours=hours))

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
