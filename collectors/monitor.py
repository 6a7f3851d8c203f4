"""The whole estate as the collectors know it: a track an asset, the rules of assets and links, what goes to Live."""

import logging
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping

from collectors.lines import Lines
from collectors.moment import Stamps
from collectors.outflow import Outflow
from collectors.sleepers import Sleepers
from collectors.state import DECODING, Block
from collectors.track import REFRESH, Tally, Track, track
from facility.domain.asset import Asset, Link, Site, link_lost
from facility.domain.condition import Condition, Edge, EdgeKind
from facility.domain.moment import SECOND, moment, nanoseconds
from facility.domain.profile import Point
from facility.domain.running import Freshness, Run, View
from facility.domain.state import AssetState
from facility.ports import Clock

log = logging.getLogger(__name__)

CHECK = SECOND // 2  # ns between two looks for silent points
SHOWN = 1500  # points that go to Live at once, every second: a large estate's assets take turns
JUMP = 60 * SECOND  # a clock that runs away from the monotonic clock by more, at once, was set


class Monitor:
    """Makes the sinks of all blocks, evaluates what time alone changes, and gives the changed assets to Live."""

    def __init__(self, site: Site, clock: Clock, outflow: Outflow) -> None:
        self._site, self._clock, self._outflow = site, clock, outflow
        self.stamps = Stamps(clock)
        started = nanoseconds(clock.now())
        self._tally, self._urgent = Tally(), dict[Track, None]()
        self._looks = Sleepers[Track]()
        self._restless: dict[Run, None] = {}  # time alone may change them, now
        self._asleep = Sleepers[Run]()
        self.tracks: Mapping[str, Track] = {
            asset.id: track(asset, started, self._looks, self._restless, self._tally, self._urgent)
            for asset in site.assets.values()
            if asset.wired and not asset.retired
        }
        self._links = [
            (run, [self.tracks[asset.id] for asset in assets])
            for link in site.links.values()
            if (assets := self.assets_of(link)) and (run := _link_run(link, started, self._restless))
        ]
        runs = [run for owner in self.tracks.values() for run in owner.runs] + [run for run, _ in self._links]
        self._runs = {(run.asset, run.rule.id): run for run in runs}
        self._members = dict(self._links)
        self._turns = OrderedDict.fromkeys(self.tracks.values())  # what was shown to Live longest ago first
        self._aging = Sleepers[Track]()  # until pages would call stale what they show
        for owner in self.tracks.values():
            self._aging.put(owner, 0)
        self._last = (started, clock.monotonic())
        self._checked = 0
        self._open: int | None = None  # conditions; None: to be counted anew

    def assets_of(self, link: Link) -> list[Asset]:
        """The assets on a link that are not retired."""
        return [asset for asset in self._site.assets.values() if asset.link == link.id and not asset.retired]

    def sink(self, asset: Asset, points: tuple[Point, ...]) -> Block:
        """The sink of one block; a SinkFactory."""
        lines = Lines(self._site.id, asset, points)
        write, rows = self._outflow.lines.append, self._outflow.rows
        return Block(self.tracks[asset.id], points, lines, write, self.emit, rows=rows)

    def emit(self, run: Run, kind: EdgeKind, at: int) -> None:
        """Hand an edge to the journal."""
        self._open = None
        point, value, limit = run.evidence()
        self._outflow.edges.append(
            Edge("", 0, run.asset, run.rule.id, kind, moment(run.onset), moment(at), point, value, limit)
        )
        self._outflow.wake()

    def tick(self) -> None:
        """Holds, silences and rates; every 0.25 s."""
        now = self.stamps.look()
        self._follow(now)
        if now - self._checked >= CHECK:
            self._checked = now
            for owner in self._looks.woken(now):
                owner.check(now)
        for run in self._asleep.woken(now):
            if run not in self._members and run.sleeps_on(now):
                self._asleep.put(run, run.sleeps_until)
            else:
                self._restless[run] = None
        for run in tuple(self._restless):
            self._tick(run, now)
            if run.rests(now):
                del self._restless[run]
                if run.timed:
                    self._asleep.put(run, run.sleeps_until)

    def _tick(self, run: Run, now: int) -> None:
        tracks = self._members.get(run)
        if tracks is not None:
            run.view.freshness.last_good = max([owner.view.freshness.last_good for owner in tracks])
        edge = run.tick(now)
        if edge is not None:
            self.emit(run, edge, now)

    def take_up(self, latest: Iterable[Edge]) -> None:
        """After a restart: these edges were the last. What they opened is open; those whose rule is gone from the site end."""
        self._open = None
        for edge in latest:
            owner = self.tracks.get(edge.asset)
            if owner is not None:
                owner.judged = max(owner.judged, nanoseconds(edge.at))
            if edge.kind is EdgeKind.ENDED:
                continue
            run = self._runs.get((edge.asset, edge.rule))
            if run is not None:
                run.take_up(nanoseconds(edge.onset))
                continue
            log.warning("%s %s was open and is no longer in the site file; it ends", edge.asset, edge.rule)
            self._outflow.edges.append(
                Edge("", 0, edge.asset, edge.rule, EdgeKind.ENDED, edge.onset, self._clock.now())
            )
        self._outflow.wake()

    def adopt(self, known: Collection[Condition], journalled: Collection[tuple[str, str]]) -> None:
        """The journal was lost: take up what the work database knew, and journal what we know ourselves."""
        for key, run in self._runs.items():
            if run.open and key not in journalled:
                self.emit(run, EdgeKind.OPENED, nanoseconds(self._clock.now()))
        self.take_up(
            Edge(item.collector, 0, item.asset, item.rule, EdgeKind.OPENED, item.onset, item.opened_at)
            for item in known
            if (mine := self._runs.get((item.asset, item.rule))) is None or not mine.open
        )

    def due(self) -> list[AssetState]:
        """The assets that are to be written to Live now: what is urgent, what pages would call stale, and what waits longest, until
        all these have `SHOWN` points. A large estate is not looked through for it.
        """
        now = nanoseconds(self._clock.now())
        chosen = dict.fromkeys(self._urgent)
        self._urgent.clear()
        for owner in self._aging.woken(now):
            if owner.has_news:
                chosen[owner] = None
            else:
                self._aging.put(owner, now + REFRESH)
        left = SHOWN - sum([owner.size for owner in chosen])
        for owner in self._turns:
            if left <= 0:
                break
            if owner.has_news and owner not in chosen:
                chosen[owner] = None
                left -= owner.size
        states = [owner.state(now) for owner in chosen]
        for owner in chosen:
            self._turns.move_to_end(owner)
            self._aging.put(owner, owner.show_by)
        return states

    def metrics(self) -> dict[str, float]:
        """Own counters and gauges."""
        if self._open is None:
            self._open = sum([run.open for run in self._runs.values()])
        tally = self._tally
        by_reason = {reason: tally.errors[reason] for reason in sorted(DECODING)}
        return {
            "facility_readings_total": tally.readings,
            "facility_decode_errors_total": tally.errors.total(),
            "facility_assets_online": tally.online,
            "facility_conditions_open": self._open,
            **{f'facility_decode_errors_by_reason_total{{reason="{why}"}}': n for why, n in by_reason.items()},
        }

    def _follow(self, now: int) -> None:
        """A machine that started without the time learns it at once: that was no silence."""
        monotonic = self._clock.monotonic()
        jump = now - self._last[0] - round((monotonic - self._last[1]) * SECOND)
        self._last = (now, monotonic)
        if jump <= JUMP:
            return
        log.warning("the clock was set forward by %d s; ages are counted on", jump // SECOND)
        for owner in self.tracks.values():
            self._looks.put(owner, 0)
            owner.view.freshness.shift(jump)
            for block in owner.blocks:
                block.shift(jump)
        for run, _ in self._links:
            run.view.freshness.shift(jump)
        for run in self._runs.values():
            run.since += jump if run.since else 0


def _link_run(link: Link, started: int, restless: dict[Run, None]) -> Run:
    return Run(link.id, link_lost(link), View({}, [], Freshness(started)), restless)
