"""A scene for the pages: the demo estate's stores in a folder, filled through the ports and the flow as the programs do."""

import math
import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import yaml

from facility.clock import SystemClock
from facility.domain.account import Account, Lifetime, Scope, Visit
from facility.domain.asset import Asset, Site
from facility.domain.checklist import Given
from facility.domain.drill import Drill
from facility.domain.link import PersonalLink, seal
from facility.domain.notice import Answer, Notice, Verdict
from facility.domain.order import OrderStep
from facility.domain.person import Person
from facility.domain.profile import Point
from facility.domain.reading import BadReason, Quality, Value
from facility.domain.role import Role
from facility.domain.skill import Skill
from facility.domain.state import AssetState, PointState, ProgramState
from facility.domain.text import Language, Title
from facility.domain.unit import Unit
from facility.flow.acknowledge import acknowledge
from facility.flow.announce import announce
from facility.flow.answer import comment, told_by_telephone
from facility.flow.carry_out import carry_out
from facility.flow.drill import end, evaluate
from facility.flow.enter_absence import enter_absence
from facility.flow.enter_rosters import enter_deputies, enter_rosters
from facility.flow.issue_key import issue_key
from facility.flow.open_orders import open_planned
from facility.flow.plan_work import plan_work
from facility.flow.raise_by_hand import Report, raise_by_hand
from facility.flow.shelve import shelve, take_out_of_service
from facility.flow.sign_in import open_session
from facility.passwords import Argon2Passwords
from facility.site import load
from facility.site.rosters import read_rosters
from facility.store.live import SqlLive
from facility.store.sql import SqlWork
from facility.store.sqlite_history import SqliteHistory
from tests.harness.checklists import in_order
from tests.harness.flow_stage import Stage
from tests.harness.tables import lay_tables

DEMO = Path(__file__).resolve().parents[2] / "examples" / "demo"
PASSWORD = "gate pump tank lamp"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0"
SECRET = b"a key of the tests, 32 bytes long"

USUAL: dict[str, Value] = {
    "voltage_l1": 231.4, "voltage_l2": 229.8, "voltage_l3": 230.6, "current_l1": 182.3, "current_l2": 176.9, "current_l3": 190.2,
    "current_neutral": 12.4, "active_power": 118.7, "reactive_power": 24.1, "power_factor": 0.98, "frequency": 50.01,
    "energy": 48213.6, "breaker_state": "closed", "run_state": "running", "mode": "auto", "outlet_pressure": 0.412,
    "motor_current": 11.8, "running_hours": 8123.5, "starts": 412.0, "water_level": 2.36, "pressure": 2.31, "flow": 46.2,
    "valve_state": "open", "inlet_valve": "closed", "hydrant_pressure": 0.62, "mains_ok": 1.0, "battery_ok": 1.0, "pump_auto": 1.0,
    "barrier": "closed", "controller_temperature": 31.5, "passages_today": 214.0, "last_card": "10023817", "temperature": 14.2,
}  # fmt: skip

NEAR = {("fire-pump-start", "fire-panel-1"), ("fire-pump-start", "fire-panel-2"), ("tank-cleaning", "tank-1")}
"""Planned work whose orders the tests look at."""


@cache
def demo_site() -> Site:
    """The demo estate, which nothing changes."""
    return load(DEMO / "site.yaml")


class Scene:
    """Stores of one estate. Nothing is in them until a method puts it there."""

    def __init__(self, folder: Path, *, every_plan: bool = False) -> None:
        """`every_plan`: all plans of the demo; otherwise only those whose orders the tests look at."""
        self.folder = folder
        self._lock = threading.Lock()  # the beat reads present values and writes them back
        folder.mkdir(parents=True, exist_ok=True)
        self.site = demo_site()
        if not every_plan:
            few = {plan for plan, _ in NEAR}
            self.site = replace(self.site, plans={id: plan for id, plan in self.site.plans.items() if id in few})
        self.clock = SystemClock()
        self.work = SqlWork(lay_tables(folder / "work.db"), self.site.id)
        self.live = SqlLive(f"sqlite:///{folder / 'live.db'}", self.site.id)
        self.history = SqliteHistory(folder / "history.db", self.site.id)
        for store in (self.work, self.live, self.history):
            store.prepare()
        (folder / "secret.key").write_bytes(SECRET)
        self.passwords = Argon2Passwords(memory_kib=64, passes=1, lanes=1)
        self.stage = Stage(self.site, self.work)
        self.stage.now = self.clock.now()

    @property
    def environment(self) -> dict[str, str]:
        """What a real api is started with to show this scene."""
        return {"FACILITY_SITE": str(DEMO / "site.yaml"), "FACILITY_DATA": str(self.folder)}

    def people(self) -> None:
        """Everybody of the demo."""
        listed = yaml.safe_load((DEMO / "people.yaml").read_text(encoding="utf-8"))["people"]
        with self.work.writing() as unit:
            for login, row in listed.items():
                positions, contacts = tuple(row["positions"]), row["contacts"]
                skills = {Skill(skill): last for skill, last in row.get("skills", {}).items()}
                person = Person(0, login, row["name"], Language(row["language"]), positions, contacts, skills=skills)
                unit.people.put(person)

    def rosters(self) -> None:
        """The duty rosters and deputies of the demo."""
        with self.work.writing() as unit:
            people = {person.login: person for person in unit.people.all()}
            found = read_rosters(DEMO / "rosters.yaml", self.site, people)
            enter_rosters(unit, found.rosters, self.clock.now())
            enter_deputies(self.site, unit, found.of_person, found.of_position, self.clock.now())

    def absent(self, login: str, days: int) -> None:
        """Somebody is away from now on."""
        now = self.clock.now()
        with self.work.writing() as unit:
            enter_absence(unit, unit.people.named(login).id, now, now + timedelta(days=days), "年假", now)

    def account(self, login: str, *roles: Role, person: str = "", password: str = PASSWORD, **more: bool) -> Account:
        """Somebody who may sign in; `person`: login of the person it belongs to. `must_change`, `disabled` as asked."""
        now = self.clock.now()
        number = self.stage.person(person) if person else 0
        hashed = self.passwords.hash(password)
        flags = {"must_change": False, "disabled": False} | more
        made = Account(0, login, login.title(), number, frozenset(roles), hashed, made_at=now, changed_at=now, **flags)
        with self.work.writing() as unit:
            return unit.accounts.add(made)

    def manager(self) -> Account:
        """An account that sees everything."""
        with self.work.reading() as unit:
            known = unit.accounts.by_login("tester")
        return known or self.account("tester", Role.MANAGER)

    def account_of(self, person: str) -> Account:
        """The account of a person, who acts with it."""
        with self.work.reading() as unit:
            known = unit.accounts.by_login(f"of-{person}")
        return known or self.account(f"of-{person}", person=person)

    def session(self, account: Account) -> str:
        """The token of a browser that is signed in."""
        with self.work.writing() as unit:
            return open_session(unit, account.id, Lifetime(), Visit("10.0.0.7", FIREFOX), self.clock.now())

    def key(self, *scopes: Scope) -> dict[str, str]:
        """The header of a machine with a key."""
        with self.work.writing() as unit:
            key = issue_key(unit, "tests", frozenset(scopes), timedelta(days=1), self.clock.now(), Visit("tests"))
        return {"authorization": f"Bearer {key[1]}"}

    def programs(self) -> None:
        """All programs are running."""
        for name in ("collectors", "scheduler", "simulators"):
            metrics = process(name, self.clock.now())
            if name == "collectors":
                metrics |= {'facility_collectors_polls_total{link="pump-room"}': 42.0, "facility_spool_lines": 120.0}
                metrics['facility_bus_time_offset_seconds{link="gates"}'] = -42.0
            self.live.put_program(ProgramState(name, self.clock.now(), metrics))

    def readings(self, at: datetime | None = None) -> None:
        """Every point of every asset has a usual, good value."""
        when = at or self.clock.now()
        self.live.put([usual(asset, when) for asset in self.site.assets.values()])

    def put(self, asset: str, **points: PointState | Value | None) -> None:
        """Change some points of an asset now: a value is good, None takes the point away."""
        now = self.clock.now()
        known = dict(usual(self.site.assets[asset], now).points)
        for name, point in points.items():
            if point is None:
                del known[name]
            else:
                good = not isinstance(point, PointState)
                known[name] = PointState(point, Quality.GOOD, BadReason.NONE, now) if good else point  # type: ignore[arg-type]
        with self._lock:
            self.live.put([AssetState(asset, now, True, known)])

    def course(
        self,
        asset: str,
        point: str,
        step: timedelta,
        count: int,
        *,
        hole: tuple[float, float],
        end: timedelta = timedelta(0),
    ) -> None:
        """A daily wave of a point until `end` ago; `hole`: from which share of the time to which there are no readings."""
        owner, last = self.site.assets[asset], self.clock.now() - end
        lines = []
        for number in range(count):
            at = last - (count - number) * step
            if hole[0] <= number / count < hole[1]:
                continue
            wave = 231 + 4 * math.sin(at.timestamp() / 86400 * 2 * math.pi) + 0.8 * math.sin(number * 0.17)
            stamp = int(at.timestamp()) * 10**9
            lines.append(f"{owner.profile.asset_class},site={self.site.id},asset={asset} {point}={wave:.3f} {stamp}")
        self.history.write("\n".join(lines).encode())

    def counts(self, asset: str, point: str, days: int, per_hour: float) -> None:
        """A counter's total every half hour until now, growing more by day than by night; it wraps at 10 000."""
        owner, now = self.site.assets[asset], self.clock.now()
        total, lines = 0.0, []
        for number in range(days * 48):
            at = now - (days * 48 - number) * timedelta(minutes=30)
            busy = 1.6 if 7 <= at.astimezone(self.site.zone).hour < 22 else 0.4
            total = (total + per_hour / 2 * busy) % 10_000
            stamp = int(at.timestamp()) * 10**9
            lines.append(f"{owner.profile.asset_class},site={self.site.id},asset={asset} {point}={total:.2f} {stamp}")
        self.history.write("\n".join(lines).encode())

    def plans(self) -> None:
        """The calendar's orders are open."""
        with self.work.writing() as unit:
            plan_work(self.site, unit, self.stage.now)
            today = self.stage.now.astimezone(self.site.zone).date()
            for each in unit.occurrences.between(today, today):
                if each.order is None and (each.plan, each.asset) in NEAR:  # whatever day it was given
                    open_planned(self.site, unit, self.site.plans[each.plan], [each], self.stage.now)

    def incident(self) -> None:
        """Six minutes of an evening: a pump fault that was acknowledged, then the mains are lost; one channel is rate limited."""
        stage, now = self.stage, self.clock.now()
        stage.now = now - timedelta(seconds=372)
        stage.answers = busy_robot
        stage.opens("gas-2", "gas_detected", value=31.5, limit=25.0, point="concentration")
        stage.tick(2)
        with self.work.writing() as unit:
            acknowledge(unit, 1, stage.person("chen-jing"), stage.now + timedelta(seconds=21))
        stage.now += timedelta(seconds=40)
        stage.ends("gas-2", "gas_detected")
        stage.tick(2)
        stage.opens("pump-3", "pump_fault", value="fault", limit="fault", point="run_state")
        stage.opens("gate-north-in", "barrier_fault", value="fault", limit="fault", point="barrier")
        stage.tick(12)
        stage.now = now - timedelta(seconds=96)
        for incomer in ("incomer-1", "incomer-2"):
            stage.opens(incomer, "no_voltage", value=0.0, limit=50.0, point="voltage_l1")
        stage.run(6)
        stage.now = now
        stage.tick(1)
        for incomer in ("incomer-1", "incomer-2"):
            self.put(incomer, voltage_l1=0.0, voltage_l2=0.0, voltage_l3=0.0, current_l1=0.0, active_power=0.0)
        self.put("pump-3", run_state="fault", outlet_pressure=0.08)

    def drilled(self) -> int:
        """A drill of an hour ago that was evaluated, with a fire alarm told within it; its number."""
        began = self.clock.now() - timedelta(hours=1)
        with self.work.writing() as unit:
            title = Title("Fire alarm", "火警")
            leader, ends_at = self.person("wang-qiang"), began + timedelta(minutes=20)
            drill = unit.drills.add(
                Drill(0, "fire-alarm", title, began, leader, ends_at, participants=("赵志国", "陈静"))
            )
        self.stage.now = began + timedelta(seconds=30)
        self.stage.opens("fire-panel-2", "fire_alarm")
        self.stage.tick(2)
        self.stage.ends("fire-panel-2", "fire_alarm")
        self.stage.tick(60)
        with self.work.writing() as unit:
            end(unit, drill.id, ends_at - timedelta(minutes=5))
            evaluate(unit, drill.id, "控制室3分钟内到场；发电机房钥匙缺失，已补配。", leader, ends_at)
        self.stage.now = self.clock.now()
        return drill.id

    def acts(self) -> None:
        """What people did about alerts: raised by hand, told by telephone, shelved, announced, out of service."""
        stage, now = self.stage, self.clock.now()
        manager, other = stage.person("chen-jing"), stage.person(self.anybody())
        with self.work.writing() as unit:
            report = Report(
                "safety_incident", other, now - timedelta(minutes=2), "3号楼大堂地面有水，一人滑倒，电话 601", "scene-key-1",
                area="pump-room-1",
            )  # fmt: skip
            raised = raise_by_hand(self.site, unit, report, now).id
            told_by_telephone(unit, raised, manager, other, now - timedelta(minutes=1), "已说明情况", now)
            comment(unit, raised, other, "已设围挡，清洁员到场", now)
            gate = next(alert.id for alert in unit.alerts.unclosed() if alert.kind == "barrier_fault")
            shelve(unit, gate, manager, now + timedelta(hours=3), "厂家今天下午来换电机", now)
            take_out_of_service(self.site, unit, "tank-1", "", other, None, "水箱清洗", now)
            hours = now + timedelta(hours=4), now + timedelta(hours=9)
            announce(self.site, unit, "power", "area-1", *hours, "供电公司停电通知 2026-118", other, now)
            announce(self.site, unit, "water", "", now - timedelta(hours=1), hours[0], "自来水公司公告", other, now)
        stage.now = now
        stage.tick(1)

    def anybody(self) -> str:
        """The login of one more person."""
        with self.work.reading() as unit:
            return next(person.login for person in unit.people.all() if person.login != "chen-jing")

    def flaws(self) -> None:
        """One point of each bad quality, one asset that has fallen silent, one that was never heard of."""
        now = self.clock.now()
        ago = now - timedelta(minutes=3, seconds=20)
        self.put("building-3", voltage_l1=PointState(228.4, Quality.BAD, BadReason.TIMEOUT, ago))
        self.put("building-4", current_l1=PointState(None, Quality.BAD, BadReason.OUT_OF_RANGE, now), energy=None)
        self.put("building-5", voltage_l1=PointState(230.2, Quality.STALE, BadReason.NONE, ago))
        self.live.put([usual(self.site.assets["building-6"], ago)])

    def step(
        self, order: int, step: OrderStep, login: str, note: str = "", given: Mapping[str, Given] | None = None
    ) -> None:
        """A person takes a step on an order, now."""
        with self.work.writing() as unit:
            version, key = unit.orders.get(order).version, f"scene-{order}-{len(unit.orders.events(order))}"
            carry_out(
                self.site, unit, order=order, version=version, step=step, person=self.stage.person(login), key=key,
                at=self.clock.now(), note=note,
                given=given or in_order(self.site, unit, order, step),
            )  # fmt: skip

    def work_on_orders(self) -> None:
        """A repair is finished and closed, a planned order waits for its check, another is accepted."""
        gas, tank, panel = (
            self.order_of("gas-2"),
            self.order_of("tank-1", "tank-cleaning"),
            self.order_of("fire-panel-1", "fire-pump-start"),
        )
        for order in (gas, tank, panel):
            self.step(order, OrderStep.ACCEPT, self.login_of(order))
        self.step(gas, OrderStep.FINISH, self.login_of(gas), "进户阀门误关，已复位；检漏合格")
        self.step(gas, OrderStep.PASS_CHECK, "zhou-bin", "现场压力 2.3 kPa")
        self.step(tank, OrderStep.FINISH, self.login_of(tank), "清洗消毒完成，水样已送检")

    def beat(self) -> None:
        """What the programs do each second: signs of life, and fresh times for all that is not silent or bad."""
        now = self.clock.now()
        self.programs()
        with self._lock:
            fresh = [state for state in self.live.get(None).values() if now - state.at < timedelta(seconds=60)]
            self.live.put([replace(state, at=now, points=_renewed(state.points, now)) for state in fresh])

    def token(self, subject: str, number: int, login: str, valid: timedelta = timedelta(days=1)) -> str:
        """A personal link's token."""
        return seal(PersonalLink(subject, number, self.stage.person(login), self.clock.now() + valid), SECRET)

    def person(self, login: str) -> int:
        """A person's number."""
        return self.stage.person(login)

    def order_of(self, asset: str, title: str = "") -> int:
        """The newest order of an asset; `title`: of this plan or kind of alert."""
        with self.work.reading() as unit:
            orders = unit.orders.recent(500)
        return next(order.id for order in orders if order.asset == asset and title in ("", order.title_id))

    def alert_of(self, kind: str) -> int:
        """The newest alert of a kind."""
        with self.work.reading() as unit:
            return next(alert.id for alert in unit.alerts.recent(500) if alert.kind == kind)

    def login_of(self, order: int) -> str:
        """Who is responsible for an order."""
        with self.work.reading() as unit:
            return unit.people.get(unit.orders.get(order).person or 0).login

    def whole(self) -> "Scene":
        """Everything that a page can show."""
        self.people()
        self.programs()
        self.readings()
        self.plans()
        self.incident()
        self.flaws()
        self.counts("incomer-1", "energy", 400, 24.0)
        self.course("incomer-1", "voltage_l1", timedelta(seconds=15), 240, hole=(0.5, 0.62))
        self.course("incomer-1", "voltage_l1", timedelta(minutes=2), 690, hole=(0.3, 0.36), end=timedelta(hours=1))
        self.rosters()
        self.absent("chen-jing", 3)
        return self


def process(program: str, now: datetime) -> dict[str, float]:
    """Figures of a process on a machine whose clock is synchronised."""
    figures = {
        "facility_process_cpu_seconds_total": 88.0,
        "facility_process_memory_bytes": 71.0 * 2**20,
        "facility_process_start_time_seconds": now.timestamp() - 3600,
        "facility_clock_synchronised": 1.0,
        "facility_clock_max_error_seconds": 0.031,
    }
    return {f'{name}{{program="{program}"}}': value for name, value in figures.items()}


def _renewed(points: Mapping[str, PointState], at: datetime) -> dict[str, PointState]:
    return {name: point._replace(at=at) if point.quality is Quality.GOOD else point for name, point in points.items()}


def usual(asset: Asset, at: datetime) -> AssetState:
    """A good state of all points."""
    points = {
        point.name: PointState(usual_value(point), Quality.GOOD, BadReason.NONE, at)
        for point in asset.profile.points.values()
    }
    return AssetState(asset.id, at, True, points)


def usual_value(point: Point) -> Value:
    """A value that such a point has on a quiet day."""
    if point.name in USUAL:
        return USUAL[point.name]
    if point.labels:
        return next(iter(point.labels))
    return 0.0 if point.unit in (Unit.NONE, Unit.COUNT) or point.high is None else round(point.high / 4, 2)


def busy_robot(notice: Notice) -> Answer | None:
    """For level 2 WeCom is at its rate limit and the hook is away; all else is accepted."""
    if notice.level == 2:
        busy = Answer(Verdict.TRY_LATER, "45009", "api freq out of limit", timedelta(seconds=60))
        return busy if notice.channel == "wecom" else Answer(Verdict.TRY_LATER, "503", "", timedelta(seconds=60))
    if notice.channel == "wecom":
        return Answer(Verdict.ACCEPTED, "0", "ok")
    return Answer(Verdict.ACCEPTED, "200", '{"accepted": true}')
