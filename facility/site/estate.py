"""Makes the domain's Site of a site file that was read, and checks every name in it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from functools import partial
from pathlib import Path

from facility.domain.asset import COMM_LOST, LINK_LOST, Area, Asset, Link, LinkKind, Position, Site, Team, comm_lost
from facility.domain.drill import DrillSpec
from facility.domain.mqtt import SPARKPLUG_NAMESPACE, Format, HomeAssistant
from facility.domain.notice import ChannelSpec, Ladder, Rung
from facility.domain.plan import Plan
from facility.domain.profile import Profile
from facility.domain.rule import ConditionOf, Remark, Rule
from facility.domain.suppression import DesignedSuppression
from facility.domain.three_checks import SpotRule
from facility.domain.watchdog import DeadMan, WatchdogSpec
from facility.site.changes import apply_changes
from facility.site.channels import channel_of, check_one_address
from facility.site.equipment import asset_of, refuse_taken
from facility.site.expressions import Scope, read_expression
from facility.site.kinds import did_you_mean
from facility.site.links import link_of
from facility.site.plan_library import plan_library
from facility.site.plans import PlanBuilder, calendar_of
from facility.site.profiles import check_alert
from facility.site.public_holidays import public_holidays
from facility.site.quality_lists import quality_lists_of
from facility.site.records import Entry
from facility.site.requests import categories_of, clocks_of, day_list_of
from facility.site.suppressions import suppression_of
from facility.site.tariffs import tariffs_of
from facility.site.tree import Faults, Node
from facility.site.tree import Mapping as Tree

_LEAST_SILENCE = timedelta(seconds=90)
_DEAD_MAN_WAIT = timedelta(seconds=10)


@dataclass(slots=True)
class Builder:
    """Builds one site from its entry; `profiles` are those that could be read."""

    entry: Entry
    folder: Path
    profiles: Mapping[str, Profile]
    faults: Faults
    equipment: Mapping[str, Entry] = field(default_factory=dict)  # without a wire

    def build(self, digest: str) -> Site:
        """The site; whatever could not be read is left out, with faults."""
        entry = self.entry
        links = {name: self._link(name, item) for name, item in entry["links"].items()}
        assets = self._assets(links)
        return Site(
            id=entry["site"],
            title=entry["title"],
            zone=entry["zone"],
            language=entry["language"],
            teams={name: Team(name, item["title"]) for name, item in entry["teams"].items()},
            positions={name: self._position(name, item) for name, item in entry["positions"].items()},
            areas={name: self._area(name, item) for name, item in entry["areas"].items()},
            links=links,
            assets=assets,
            rules=(rules := {name: self._rule(name, item, assets) for name, item in entry["rules"].items()}),
            suppressions={
                name: self._suppression(name, item, assets, rules) for name, item in entry["suppressions"].items()
            },
            spot_checks={
                name: _spot_rule(item["spot_checks"], entry["spot_checks"]) for name, item in entry["teams"].items()
            },
            ladders={
                int(level): self._ladder(int(level), item) for level, item in entry["ladders"].items() if level in "123"
            },
            channels={
                name: channel_of(name, item, self.folder, links, self.faults)
                for name, item in entry["channels"].items()
            },
            plans=self._plans(assets),
            categories=categories_of(entry["requests"], self._known_position, self.faults),
            clocks=clocks_of(entry["requests"]),
            day_list=day_list_of(entry["requests"]),
            certificate_kinds=entry["certificate_kinds"],
            tariffs=tariffs_of(entry["tariffs"], self.faults),
            morning=time.fromisoformat(entry["morning_at"]),
            quality_lists=quality_lists_of(entry["quality_lists"], self.faults),
            calendar=calendar_of(
                entry["calendar"], partial(self._all_known, "area", section="areas"), public_holidays, self.faults
            ),
            digest=digest,
            public_url=entry["public_url"],
            simulation=entry["simulation"],
            home_assistant=self._home_assistant(entry["publish"]["home_assistant"] if entry["publish"] else None),
            watchdog=self._watchdog(entry["watchdog"]),
            drills=self._drills(entry["drills"]),
        )

    def _plans(self, assets: Mapping[str, Asset]) -> dict[str, Plan]:
        entries = self.entry["plans"]
        library = plan_library() if any(entry["library"] for entry in entries.values()) else {}
        known = partial(self._all_known, "asset", section="assets")
        builder = PlanBuilder(assets, library, known, self.faults)
        return {name: builder.plan(name, entry) for name, entry in entries.items()}

    def _home_assistant(self, entry: Entry | None) -> HomeAssistant | None:
        if entry is None:
            return None
        self._known("link", entry["link"], "links", entry.at("link"))
        link = self.entry["links"].get(entry["link"])
        if link is not None and link["kind"] is not LinkKind.MQTT:
            what = f"link {entry['link']} is {link['kind']}, but Home Assistant is reached over MQTT."
            self.faults.add(entry.at("link"), what, "Name a link of kind mqtt.")
        return HomeAssistant(entry["link"], entry["prefix"], entry["every"])

    def _watchdog(self, entry: Entry | None) -> WatchdogSpec | None:
        if entry is None:
            return None
        tell = []
        for _, told in entry["tell"]:
            self._known("position", told["position"], "positions", told.at("position"))
            channels = self._all_known("channel", list(told["channels"]), "channels")
            tell.append(Rung(told["position"], channels, timedelta(0)))
        return WatchdogSpec(tuple(tell), entry["silent_for"], entry["repeat"], self._dead_man(entry["dead_man"]))

    def _drills(self, entry: Entry | None) -> DrillSpec | None:
        if entry is None:
            return None
        return DrillSpec(entry["simulators"], frozenset(self._all_known("link", list(entry["links"]), "links")))

    def _dead_man(self, entry: Entry | None) -> DeadMan | None:
        if entry is None:
            return None
        check_one_address(entry, self.faults)
        where = ChannelSpec(
            "dead-man",
            "dead_man",
            entry["url"],
            self.folder / entry["url_file"] if entry["url_file"] else None,
            timeout=_DEAD_MAN_WAIT,
        )
        return DeadMan(where, entry["every"])

    def _known(self, kind: str, name: str, section: str, node: Node) -> None:
        names: Collection[str] = self.entry[section]
        if section == "assets":
            names = [*names, *self.equipment]
        if name and names and name not in names:  # an empty section is a fault of its own
            self.faults.add(node, f"{kind} {name} does not exist.", did_you_mean(name, names))

    def _known_position(self, name: str, node: Node) -> None:
        self._known("position", name, "positions", node)

    def _all_known(self, kind: str, names: list[tuple[Node, str]], section: str) -> tuple[str, ...]:
        seen = set()
        for node, name in names:
            self._known(kind, name, section, node)
            if name in seen:
                self.faults.add(node, f"{name} is given twice.", "Keep one of them.")
            seen.add(name)
        return tuple(name for _, name in names)

    def _position(self, name: str, entry: Entry) -> Position:
        self._known("team", entry["team"], "teams", entry.at("team"))
        return Position(name, entry["title"], entry["team"], entry["role"])

    def _area(self, name: str, entry: Entry) -> Area:
        self._known("position", entry["owner"], "positions", entry.at("owner"))
        self._known("area", entry["parent"], "areas", entry.at("parent"))
        buildings = tuple(str(building) for _, building in entry["buildings"])
        return Area(name, entry["title"], entry["owner"], entry["parent"], buildings)

    def _link(self, name: str, entry: Entry) -> Link:
        self._known("area", entry["area"], "areas", entry.at("area"))
        self._all_known("asset", list(entry["fed_by"]), "assets")
        return link_of(name, entry, self.folder, self.faults)

    def _assets(self, links: Mapping[str, Link]) -> dict[str, Asset]:
        made = {}
        for name, entry in self.entry["assets"].items():
            self._check_names(name, entry)
            profile = self.profiles.get(entry["profile"])
            if profile is not None:
                made[name] = self._asset(name, entry, profile, links.get(entry["link"]))
        for kind, section in (("an asset", "assets"), ("a link", "links")):
            refuse_taken(self.equipment, self.entry[section], kind, self.faults)
        unwired = {name: asset_of(name, entry, self._known) for name, entry in self.equipment.items()}
        return {**unwired, **made}

    def _check_names(self, name: str, entry: Entry) -> None:
        self._known("area", entry["area"], "areas", entry.at("area"))
        self._known("link", entry["link"], "links", entry.at("link"))
        for key in ("operating", "maintaining"):
            self._known("position", entry[key], "positions", entry.at(key))
        self._known("asset", entry["behind"], "assets", entry.at("behind"))
        if name in self.entry["links"]:
            self.faults.add(entry.node, f"a link is named {name} too.", "Choose another name for one of them.")

    def _asset(self, name: str, entry: Entry, profile: Profile, link: Link | None) -> Asset:
        if link is not None:
            self._check_address(entry, profile, link)
        silence = max(_LEAST_SILENCE, 3 * min((p.every for p in profile.points.values()), default=timedelta(0)))
        rules = {**profile.rules, COMM_LOST: comm_lost(silence)}
        return Asset(
            id=name,
            title=entry["title"],
            profile=profile,
            area=entry["area"],
            operating=entry["operating"],
            maintaining=entry["maintaining"],
            link=entry["link"],
            unit=entry["unit"],
            prefix=entry["prefix"],
            rules=apply_changes(entry["rules"], rules, profile, self.faults),
            fed_by=self._all_known("asset", list(entry["fed_by"]), "assets"),
            supplied_by=self._all_known("asset", list(entry["supplied_by"]), "assets"),
            behind=entry["behind"],
            retired=entry["retired"],
            was=tuple(old for _, old in entry["was"]),
            certificates=entry["certificates"],
        )

    def _check_address(self, entry: Entry, profile: Profile, link: Link) -> None:
        wanted = "modbus" if link.kind.is_modbus else "mqtt"
        if profile.protocol != wanted:
            what = f"profile {profile.id} speaks {profile.protocol}, but link {link.id} is {link.kind}."
            self.faults.add(entry.at("link"), what, f"Choose a link of {profile.protocol}, or another profile.")
            return
        needed, other = ("unit", "prefix") if wanted == "modbus" else ("prefix", "unit")
        if not entry.given(needed):
            self.faults.add(entry.node, f"{needed} is missing.", f"Add `{needed}:`, its address on link {link.id}.")
        if entry.given(other):
            what = f"link {link.id} is {link.kind}: an asset on it has no {other}."
            self.faults.add(entry.at(other), what, f"Remove {other}.")
        if any(stream.format is Format.SPARKPLUG for stream in profile.streams.values()) and entry["prefix"]:
            self._check_sparkplug(entry)

    def _check_sparkplug(self, entry: Entry) -> None:
        levels = entry["prefix"].split("/")
        if levels[0] == SPARKPLUG_NAMESPACE or len(levels) not in (2, 3):
            what = f'"{entry["prefix"]}" names no edge node and no device of Sparkplug.'
            self.faults.add(entry.at("prefix"), what, "Write group/edge-node, or group/edge-node/device.")

    def _rule(self, name: str, entry: Entry, assets: Mapping[str, Asset]) -> Rule:
        self._known("asset", entry["asset"], "assets", entry.at("asset"))
        owner = assets.get(entry["asset"])
        if name in (COMM_LOST, LINK_LOST):
            self.faults.add(entry.node, f"{name} is built in.", "Choose another name.")
        elif owner is not None and name in owner.rules:
            self.faults.add(entry.node, f"{owner.id} has a rule {name} of its own.", "Choose another name.")
        check_alert(entry, self.faults)
        if entry["reset_by"] and owner is not None and entry["reset_by"] not in (name, *owner.rules):
            what = f"{owner.id} has no rule {entry['reset_by']}."
            self.faults.add(entry.at("reset_by"), what, did_you_mean(entry["reset_by"], owner.rules))
        scope = Scope(assets=assets, known_assets=frozenset(self.entry["assets"]))
        node = entry["when"] if entry.given("when") else Tree(entry.node.file, 1, "", {})
        when = read_expression(node, scope, self.faults if entry.given("when") else Faults())
        return Rule(
            id=name,
            title=entry["title"],
            when=when,
            hold=entry["hold"],
            clear_hold=entry["clear_hold"],
            level=entry["level"],
            alert=entry["alert"],
            order=entry["order"],
            asset=entry["asset"],
            latched=entry["latched"],
            reset_by=entry["reset_by"],
            consequence_of=tuple(kind for _, kind in entry["consequence_of"]),
            says=tuple(self._remark(item, assets) for _, item in entry["says"]),
        )

    def _suppression(
        self, name: str, entry: Entry, assets: Mapping[str, Asset], rules: Mapping[str, Rule]
    ) -> DesignedSuppression:
        return suppression_of(name, entry, assets, rules, frozenset(self.entry["assets"]), self.faults)

    def _remark(self, entry: Entry, assets: Mapping[str, Asset]) -> Remark:
        self._known("asset", entry["asset"], "assets", entry.at("asset"))
        owner, name = assets.get(entry["asset"]), entry["condition"]
        if owner is not None and name and name not in owner.rules:
            what = f"{owner.id} ({owner.profile.id}) has no rule {name}."
            self.faults.add(entry.at("condition"), what, did_you_mean(name, owner.rules))
        return Remark(ConditionOf(entry["asset"], name), entry["yes"], entry["no"])

    def _ladder(self, level: int, items: list[tuple[Node, Entry]]) -> Ladder:
        rungs = [self._rung(entry) for _, entry in items]
        for (_, entry), rung, before in zip(items[1:], rungs[1:], rungs, strict=False):
            if rung.after < before.after:
                self.faults.add(entry.at("after"), "comes before the step above it.", "Order the steps by `after`.")
        usual = timedelta(minutes=30) if level < 3 else None
        return Ladder(level, tuple(rungs), self.entry["repeat_every"].get(str(level), usual))

    def _rung(self, entry: Entry) -> Rung:
        if not entry["position"].startswith("@"):
            self._known("position", entry["position"], "positions", entry.at("position"))
        return Rung(entry["position"], self._all_known("channel", list(entry["channels"]), "channels"), entry["after"])


def _spot_rule(of_team: Entry | None, of_estate: Entry | None) -> SpotRule:
    entry = of_team or of_estate
    return SpotRule(entry["share"], entry["raised"], entry["orders"]) if entry else SpotRule()
