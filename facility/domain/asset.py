"""The estate: areas, assets, links (wires), positions, and how assets depend on each other."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

from facility.domain.checklist import QualityList
from facility.domain.clock import CLOCKS, Clock, ClockId, DayList
from facility.domain.drill import DrillSpec
from facility.domain.mqtt import HomeAssistant
from facility.domain.notice import ChannelSpec, Ladder
from facility.domain.plan import Plan
from facility.domain.profile import Profile
from facility.domain.request import CATEGORIES, Category
from facility.domain.role import Role
from facility.domain.rule import Rule, Silence
from facility.domain.serial_line import SerialLine
from facility.domain.suppression import DesignedSuppression
from facility.domain.tariff import Tariff
from facility.domain.text import Language, Title
from facility.domain.three_checks import SpotRule
from facility.domain.watchdog import WatchdogSpec
from facility.domain.workdays import WorkingCalendar


@dataclass(frozen=True, slots=True)
class Team:
    """A group of people (工程班组, 秩序维护班 …)."""

    id: str
    title: Title


@dataclass(frozen=True, slots=True)
class Position:
    """A post that people fill (岗位). `role` is a role of the glossary: technician, foreman, manager …"""

    id: str
    title: Title
    team: str
    role: Role


@dataclass(frozen=True, slots=True)
class Area:
    """A place with an owner: the position of the administrator who answers for it."""

    id: str
    title: Title
    owner: str
    parent: str = ""
    buildings: tuple[str, ...] = ()  # whose homes lie in it


ON_ITS_WAY = timedelta(seconds=10)
"""From an acquisition to what others read in Live."""

LINK_LOST = "link_lost"
"""Built-in rule of every link: the condition's asset is then the link's id, and its assets' COMM_LOST is folded into it."""

COMM_LOST = "comm_lost"
"""Built-in rule of every asset: silent for longer than three periods (at least 90 s)."""


POSITION_EMPTY = "position_empty"
"""Built-in rule of every position: nobody is on duty. The condition's asset is then the position's id."""


class LinkKind(StrEnum):
    """Kinds of wires."""

    MODBUS_TCP = "modbus_tcp"
    MODBUS_RTU = "modbus_rtu"  # a serial line of this machine
    MODBUS_RTU_TCP = "modbus_rtu_tcp"  # a serial line behind a server that carries its frames as they are
    MQTT = "mqtt"

    @property
    def is_modbus(self) -> bool:
        """Its assets are units that are asked."""
        return self is not LinkKind.MQTT

    @property
    def is_serial(self) -> bool:
        """One bus that all its units share, with RTU frames."""
        return self in (LinkKind.MODBUS_RTU, LinkKind.MODBUS_RTU_TCP)

    @property
    def has_address(self) -> bool:
        """It is reached at a host and a port."""
        return self is not LinkKind.MODBUS_RTU


@dataclass(frozen=True, slots=True)
class Link:
    """One wire: a Modbus gateway or serial line, or an MQTT broker. When all assets on it are silent, the link is lost."""

    id: str
    title: Title
    kind: LinkKind
    host: str
    port: int
    username: str = ""
    password_file: Path | None = None
    ca_file: Path | None = None  # MQTT over TLS when given
    tls: bool = False
    connections: int = 1  # Modbus: parallel connections the gateway takes
    lost_after: timedelta = timedelta(seconds=60)  # silence of all its assets that makes the condition LINK_LOST
    area: str = ""
    serial: SerialLine | None = None  # of the kinds that are serial
    fed_by: tuple[str, ...] = ()  # assets that feed the gateway with electricity

    @property
    def place(self) -> str:
        """Where it is, for people: the device, or host:port."""
        return f"{self.host}:{self.port}" if self.kind.has_address or self.serial is None else self.serial.device


@dataclass(frozen=True, slots=True)
class Asset:
    """A device or a piece of equipment. `rules` are the profile's rules with the site's changes applied."""

    id: str
    title: Title
    profile: Profile
    area: str
    operating: str  # position that operates or inspects it
    maintaining: str  # position that maintains it
    link: str
    unit: int = 0  # Modbus unit
    prefix: str = ""  # MQTT topic prefix
    rules: Mapping[str, Rule] = field(default_factory=dict)
    fed_by: tuple[str, ...] = ()  # electricity
    supplied_by: tuple[str, ...] = ()  # water, gas
    behind: str = ""  # the asset whose loss takes this one's communication along
    retired: bool = False
    was: tuple[str, ...] = ()  # earlier ids
    certificates: Mapping[str, date] = field(default_factory=dict)  # kind → the day on which it expires
    place: str = ""  # where in its area
    installed: date | None = None
    documents: tuple[str, ...] = ()

    @property
    def wired(self) -> bool:
        """It is read over a link; what is not has no points, no rules, and is never silent."""
        return bool(self.link)

    def topic(self, template: str) -> str:
        """The MQTT topic that a template with {prefix} means for this asset."""
        return template.replace("{prefix}", self.prefix)


@dataclass(frozen=True, slots=True)
class Site:
    """Everything that the site file says. References by id were checked when it was loaded."""

    id: str
    title: Title
    zone: ZoneInfo
    language: Language
    teams: Mapping[str, Team]
    positions: Mapping[str, Position]
    areas: Mapping[str, Area]
    links: Mapping[str, Link]
    assets: Mapping[str, Asset]
    rules: Mapping[str, Rule]  # site rules
    ladders: Mapping[int, Ladder]  # by level
    channels: Mapping[str, ChannelSpec]
    plans: Mapping[str, Plan]
    digest: str = ""  # SHA-256 of the site file and its profiles: names the revision
    public_url: str = ""
    simulation: Mapping[str, object] = field(default_factory=dict)  # for the simulators only
    home_assistant: HomeAssistant | None = None  # where readings are published
    watchdog: WatchdogSpec | None = None  # who is told when our own programs fall silent
    drills: DrillSpec | None = None  # what simulators play
    suppressions: Mapping[str, DesignedSuppression] = field(default_factory=dict)
    calendar: WorkingCalendar = field(default_factory=WorkingCalendar)
    spot_checks: Mapping[str, SpotRule] = field(default_factory=dict)  # by team
    categories: Mapping[str, Category] = field(default_factory=lambda: dict(CATEGORIES))  # of requests
    clocks: Mapping[ClockId, Clock] = field(default_factory=lambda: dict(CLOCKS))
    day_list: DayList = field(default_factory=DayList)
    certificate_kinds: Mapping[str, Title] = field(default_factory=dict)  # what people call them
    tariffs: Mapping[str, Tariff] = field(default_factory=dict)  # by supply: power, water, gas
    morning: time = time(7, 30)  # when everybody is told what waits for them
    quality_lists: tuple[QualityList, ...] = ()  # of repairs; the first that fits

    def rule(self, asset: str, rule: str) -> Rule:
        """The rule that a condition or alert names: the asset's, the site's, a link's or a position's; KeyError when there is none."""
        owner = self.assets.get(asset)
        if owner is not None and rule in owner.rules:
            return owner.rules[rule]
        if asset in self.links and rule == LINK_LOST:
            return link_lost(self.links[asset])
        if asset in self.positions and rule == POSITION_EMPTY:
            return position_empty()
        return self.rules[rule]


POWER_LOST = ("mains_lost", "power_lost", "emergency_lost")
"""Kinds of alerts that say: no electricity here."""

SUPPLY_LOST = (*POWER_LOST, "water_lost", "town_water_lost", "gas_lost")
"""Kinds of alerts that a site's own rules make when a supply is lost; profiles may name them before a site has such a rule."""


def link_lost(link: Link) -> Rule:
    """The built-in rule of a link."""
    title = Title(en="Communication lost", zh="通讯中断")
    rule = Rule(LINK_LOST, title, Silence(link.lost_after), level=2, alert=COMM_LOST, order=True)
    return replace(rule, consequence_of=POWER_LOST) if link.fed_by else rule


def comm_lost(silence: timedelta) -> Rule:
    """The built-in rule of an asset: its link's silence, or that of what it is behind, or its lost power explains its own."""
    title = Title(en="Communication lost", zh="通讯中断")
    rule = Rule(COMM_LOST, title, Silence(silence), level=2, alert=COMM_LOST, order=True)
    return replace(rule, consequence_of=(COMM_LOST, *POWER_LOST))


def position_empty() -> Rule:
    """The built-in rule of a position. It is found in the duty rosters, so that no silence ever makes it true."""
    title = Title(en="Nobody on duty", zh="岗位无人值班")
    return Rule(POSITION_EMPTY, title, Silence(timedelta.max), level=2, alert=POSITION_EMPTY)


def longest_silence(asset: Asset) -> timedelta:
    """How long this asset may be silent before its readings are STALE: three of its shortest periods."""
    return 3 * _shortest_period(asset)


def fresh_for(asset: Asset) -> timedelta:
    """How old an asset's newest reading in Live may be, before it is called stale by its age alone.

    Collectors that live call it stale themselves, in time; this is for those that died. The assets of a large estate take
    turns to be written, so it is ten seconds more than the longest silence; and half a period (at most five seconds), because
    what is read every ten seconds can then go there with each fourth reading instead of each third.
    """
    return longest_silence(asset) + ON_ITS_WAY + min(_shortest_period(asset) / 2, ON_ITS_WAY / 2)


def _shortest_period(asset: Asset) -> timedelta:
    return min((point.every for point in asset.profile.points.values()), default=timedelta(0))
