"""Texts: a notice put into its reader's language, with a personal link, at the moment of sending."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from facility.domain.asset import Site
from facility.domain.link import PersonalLink, seal
from facility.domain.notice import Notice
from facility.domain.order import WorkKind
from facility.domain.person import Person
from facility.domain.profile import Point, RawType, Register
from facility.domain.rule import Compare, Comparison, ConditionOf, Rule, leaves
from facility.domain.text import Language, Title
from facility.flow.compose import ALERT, ALL_CLEAR, DUTY_GAPS, FLOOD, MY_DAY, TEST, UNASSIGNED, UNRESOLVED
from facility.flow.notify import area_of, representative
from facility.locale import catalogue, duration, moment, text
from facility.ports import Outgoing
from scheduler.day_texts import day_lines
from scheduler.gap_texts import gap_lines

LOCK_SCREEN = 20  # characters of the first line that a lock screen shows
ALERT_LINK, ORDER_LINK = timedelta(days=7), timedelta(days=30)
WORDS = {Comparison.BELOW: "value_below", Comparison.ABOVE: "value_above"}


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes messages for people of one site."""

    site: Site
    public_url: str
    secret: bytes

    def outgoing(self, notice: Notice, person: Person, now: datetime) -> Outgoing:
        """The message as a channel sends it."""
        lines = self._lines(notice, person.language, now)
        if notice.message.params.get("drill") is not None:
            lines[0] = text("notices.head.drill", person.language, head=lines[0])
        return Outgoing(
            key=notice.key,
            to=person.contacts.get(notice.channel, ""),
            title=lines[0],
            text="\n".join(lines),
            link=self._link(notice, person, now),
            level=notice.level,
            language=person.language,
            about=notice.message.id.removeprefix("notices."),
        )

    def _lines(self, notice: Notice, language: Language, now: datetime) -> list[str]:
        if notice.message.id == DUTY_GAPS:
            return gap_lines(self.site, notice.message, language)
        layouts = {ALERT: self._alert, ALL_CLEAR: self._all_clear, TEST: self._test, FLOOD: self._flood}
        layouts |= {UNRESOLVED: self._daily, UNASSIGNED: self._daily, MY_DAY: self._my_day}
        return layouts.get(notice.message.id, self._order)(notice, language, now)

    def _alert(self, notice: Notice, language: Language, now: datetime) -> list[str]:
        params = notice.message.params
        asset, area, kind = str(params["asset"]), str(params.get("area", "")), str(params["kind"])
        onset = datetime.fromisoformat(str(params["onset"]))
        level = text(f"notices.level_{params['level']}", language)
        what = self._kind(kind, "title", language)
        place = self._name(asset, language) or self._area(area, language)
        head = text("notices.head.alert_where", language, level=level, what=what, where=place)
        if len(head) > LOCK_SCREEN and language is Language.ZH_CN:
            head = text("notices.head.alert", language, level=level, what=what)
        since = moment(onset, language, self.site.zone, seconds=True)
        return [
            head,
            text("notices.line.where", language, where=self._where(asset, language, area)),
            text("notices.line.since", language, onset=since, lasting=duration(now - onset, language)),
            *self._circumstances(notice, language),
            *self._remarked(self._value(notice, language), notice, language),
            text("notices.line.effect", language, what=self._kind(kind, "what", language)),
            self._what_to_do(notice, kind, language),
        ]

    def _circumstances(self, notice: Notice, language: Language) -> list[str]:
        """That it came back, what a person reported, that it was announced."""
        params, lines = notice.message.params, []
        if params.get("again"):
            at = moment(notice.created_at, language, self.site.zone, seconds=True)
            lines.append(text("notices.line.again", language, at=at))
        if params.get("note"):
            lines.append(text("notices.line.said", language, note=params["note"]))
        if params.get("announced"):
            lines.append(text("notices.line.announced", language))
        return lines

    def _all_clear(self, notice: Notice, language: Language, now: datetime) -> list[str]:
        params = notice.message.params
        asset, area = str(params["asset"]), str(params["area"])
        onset, over = (datetime.fromisoformat(str(params[name])) for name in ("onset", "over_at"))
        what = self._kind(str(params["kind"]), "title", language)
        place = self._name(asset, language) or self._area(area, language)
        at = moment(over, language, self.site.zone, seconds=True)
        return [
            text("notices.head.all_clear", language, what=what, where=place),
            text("notices.line.where", language, where=self._where(asset, language, area)),
            text("notices.line.over", language, at=at, lasted=duration(over - onset, language)),
            text("notices.do.all_clear", language),
        ]

    def _what_to_do(self, notice: Notice, kind: str, language: Language) -> str:
        do = self._kind(kind, "do", language)
        escalates = str(notice.message.params["escalates_at"])
        if not escalates:
            return text("notices.line.do", language, do=do)
        at = datetime.fromisoformat(escalates).astimezone(self.site.zone)
        return text(
            "notices.line.do_or_escalate", language, do=do, time=f"{at:%H:%M:%S}" if at.second else f"{at:%H:%M}"
        )

    def _value(self, notice: Notice, language: Language) -> list[str]:
        """Value against limit; nothing for a bit, whose alert says it already."""
        params = notice.message.params
        name, value, limit = str(params["point"]), params["value"], params["limit"]
        point = self._point(str(params["asset"]), str(params["rule"]), name)
        if point is None or value is None or (isinstance(point.read, Register) and point.read.type is RawType.BIT):
            return []
        shown = _quantity(point, value, language)
        word = WORDS.get(self._comparison(str(params["asset"]), str(params["rule"]), name) or Comparison.EQUALS)
        if word is None or limit is None:
            return [text("notices.line.value", language, point=point.title, value=shown)]
        against = _quantity(point, limit, language)
        return [text(f"notices.line.{word}", language, point=point.title, value=shown, limit=against)]

    def _remarked(self, lines: list[str], notice: Notice, language: Language) -> list[str]:
        """With what a second condition adds, on the line of the value."""
        remarks = notice.message.params.get("remarks")
        said = [remark.in_language(language) for remark in remarks or () if isinstance(remark, Title)]  # type: ignore[attr-defined]
        joint = text("notices.remark_joint", language)
        return [joint.join([*lines, *said])] if said else lines

    def _flood(self, notice: Notice, language: Language, _now: datetime) -> list[str]:
        params = notice.message.params
        began = moment(datetime.fromisoformat(str(params["began_at"])), language, self.site.zone, seconds=True)
        texts = ("head.flood", "line.flood", "do.flood")
        return [text(f"notices.{id}", language, raised=params["raised"], began=began) for id in texts]

    def _daily(self, notice: Notice, language: Language, _now: datetime) -> list[str]:
        params, name = notice.message.params, notice.message.id.removeprefix("notices.")
        lines = [text(f"notices.head.{name}", language, number=params["number"], day=params["day"])]
        if params.get("lonely"):
            lines.append(text("notices.line.lonely", language, number=params["lonely"]))
        return [*lines, text(f"notices.do.{name}", language)]

    def _my_day(self, notice: Notice, language: Language, now: datetime) -> list[str]:
        def where(order: Mapping[str, object]) -> str:
            return self._at(str(order["asset"]), str(order["place"]), language)

        return day_lines(
            notice.message, language, self.site.zone, now, lambda order: self._work(order, language), where
        )

    def _order(self, notice: Notice, language: Language, now: datetime) -> list[str]:
        params = notice.message.params
        layout = notice.message.id.removeprefix("notices.")
        asset, position = str(params["asset"]), self.site.positions.get(str(params["position"]))
        place = str(params.get("place") or "")
        due = datetime.fromisoformat(str(params["due_at"]))
        due_text = moment(due, language, self.site.zone)
        left = text("notices.line.due", language, due=due_text, left=duration(due - now, language))
        over = text("notices.line.overdue", language, due=due_text, overdue=duration(now - due, language))
        return [
            text(
                f"notices.head.{layout}",
                language,
                what=self._work(params, language),
                where=place or self._name(asset, language),
            ),
            text("notices.line.where", language, where=self._at(asset, place, language)),
            text(
                "notices.line.order",
                language,
                order=params["order"],
                kind=text(f"notices.kind.{params['kind']}", language),
                position=position.title if position else "—",
            ),
            left if due > now else over,
            text(f"notices.do.{layout}", language),
        ]

    def _test(self, notice: Notice, language: Language, _now: datetime) -> list[str]:
        channel = self.site.channels.get(notice.channel)
        title = channel.title.in_language(language) if channel else notice.channel
        at = moment(datetime.fromisoformat(str(notice.message.params["at"])), language, self.site.zone, seconds=True)
        return [
            text("notices.test.head", language, channel=title),
            text("notices.test.what", language),
            text("notices.test.by", language, at=at),
        ]

    def _link(self, notice: Notice, person: Person, now: datetime) -> str:
        if notice.order is not None:
            link, path = PersonalLink("order", notice.order, person.id, _whole(now + ORDER_LINK)), "o"
        elif notice.alert is not None:
            link, path = PersonalLink("alert", notice.alert, person.id, _whole(now + ALERT_LINK)), "a"
        else:
            page = {
                DUTY_GAPS: "/people",
                FLOOD: "/alerts/figures",
                UNRESOLVED: "/unresolved",
                UNASSIGNED: "/unresolved",
                MY_DAY: "/my-day",
            }.get(notice.message.id)
            return f"{self.public_url}{page}" if page else ""
        return f"{self.public_url}/{path}/{seal(link, self.secret)}"

    def _work(self, params: Mapping[str, object], language: Language) -> str:
        """What an order is for."""
        subject = params.get("subject")
        if isinstance(subject, Title):
            return subject.in_language(language)
        asset, title_id = str(params["asset"]), str(params["title_id"])
        rule = self._rule(asset, title_id) if params["kind"] == WorkKind.TUNING else None
        return text("notices.tune", language, rule=rule.title) if rule else self._title(title_id, language)

    def _title(self, title_id: str, language: Language) -> str:
        plan = self.site.plans.get(title_id)
        return plan.title.in_language(language) if plan else self._kind(title_id, "title", language)

    def _kind(self, kind: str, part: str, language: Language) -> str:
        known = f"alerts.{kind}.{part}"
        return text(known if known in catalogue(language) else f"alerts.other.{part}", language)

    def _name(self, asset: str, language: Language) -> str:
        owner = self.site.assets.get(asset) or self.site.links.get(asset) or self.site.positions.get(asset)
        return owner.title.in_language(language) if owner else asset

    def _area(self, area: str, language: Language) -> str:
        known = self.site.areas.get(area)
        return known.title.in_language(language) if known else area

    def _at(self, asset: str, place: str, language: Language) -> str:
        """Where an order is: its asset, its home, or both."""
        return " · ".join(part for part in (place, self._where(asset, language) if asset else "") if part)

    def _where(self, asset: str, language: Language, place: str = "") -> str:
        """Area and asset; the area once, when the asset is named after it, or when there is no asset."""
        name = self._name(asset, language)
        if not name:
            return self._area(place, language)
        area = self.site.areas.get(area_of(self.site, asset))
        if area is None or name.lower().startswith(area.title.in_language(language).lower()):
            return name
        return text("notices.joined", language, area=area.title, asset=name)

    def _point(self, asset: str, rule: str, point: str) -> Point | None:
        """The point of the asset, or of an asset whose condition the site rule is made of."""
        owner = representative(self.site, asset)
        places = [owner, *(self.site.assets.get(other) for other, _ in self._parts(asset, rule))]
        return next((place.profile.points[point] for place in places if place and point in place.profile.points), None)

    def _comparison(self, asset: str, rule: str, point: str) -> Comparison | None:
        rules = [self._rule(asset, rule), *(self._rule(*part) for part in self._parts(asset, rule))]
        found = (leaf for known in rules if known for leaf in leaves(known.when))
        return next((leaf.comparison for leaf in found if isinstance(leaf, Compare) and leaf.point == point), None)

    def _parts(self, asset: str, rule: str) -> list[tuple[str, str]]:
        known = self._rule(asset, rule)
        return (
            [(leaf.asset, leaf.rule) for leaf in leaves(known.when) if isinstance(leaf, ConditionOf)] if known else []
        )

    def _rule(self, asset: str, rule: str) -> Rule | None:
        try:
            return self.site.rule(asset, rule)
        except KeyError:
            return None


def _quantity(point: Point, value: object, language: Language) -> str:
    """A number with its unit, or an enum's label."""
    if isinstance(value, str):
        return point.labels.get(value, Title(value, value)).in_language(language)
    number = f"{value:.4g}" if isinstance(value, float) and abs(value) < 10_000 else f"{value:,.0f}"
    return f"{number} {point.unit}".rstrip()


def _whole(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(microsecond=0)
