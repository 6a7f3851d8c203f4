"""What Home Assistant is told again and again: values with their quality, and which assets are there. Changes only.

A value that is not good is told as null, never as the last one. Pure: knows no broker and no clock.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.home_assistant.discovery import OFFLINE, ONLINE, Topics
from api.views.points import PointView, point_views
from facility.domain.asset import Site, fresh_for
from facility.domain.reading import Value
from facility.domain.state import AssetState
from facility.domain.text import Language

Messages = dict[str, bytes]
"""Payloads by topic."""


@dataclass(slots=True)
class Told:
    """What was told last of one point: value and quality, and when (seconds, monotonic)."""

    value: Value | None
    quality: str
    at: float


class States:
    """The present of all assets, as it was told last. `due` gives what is to be told now."""

    def __init__(self, site: Site, topics: Topics, every: timedelta) -> None:
        self._language, self._topics = site.language, topics
        self._every = every.total_seconds()
        self._assets = {asset.id: asset for asset in site.assets.values() if not asset.retired}
        self._states: dict[str, AssetState] = {}
        self._told: dict[str, Told] = {}
        self._online: dict[str, bool] = {}
        self._silent: dict[str, bool] = {}
        self._open: set[str] = set(self._assets)  # assets of which something may be left to tell

    def topics(self) -> set[str]:
        """Every topic that may be told."""
        points = {self._topics.state(a, p) for a in self._assets.values() for p in a.profile.points.values()}
        return points | {self._topics.availability(asset) for asset in self._assets.values()}

    def forget(self) -> None:
        """The broker may have forgotten: everything is told afresh."""
        self._told.clear()
        self._online.clear()
        self._open = set(self._assets)

    def take(self, states: Iterable[AssetState]) -> None:
        """These assets changed."""
        for state in states:
            if state.asset in self._assets:
                self._states[state.asset] = state
                self._open.add(state.asset)

    def due(self, now: datetime, monotonic: float) -> tuple[Messages, Messages]:
        """Messages to send now: what is lost, and what is there (each point at most so often)."""
        lost: Messages = {}
        there: Messages = {}
        self._find_silent(now)
        for id in sorted(self._open):
            asset, state = self._assets[id], self._states.get(id)
            online = state is not None and state.online and not self._silent[id]
            if self._online.get(id) is not online:
                self._online[id] = online
                (there if online else lost)[self._topics.availability(asset)] = ONLINE if online else OFFLINE
            waiting = False
            for view in point_views(asset, state, now, every=True):
                topic = self._topics.state(asset, asset.profile.points[view.name])
                told = self._told.get(topic)
                if told is not None and not _news(view, told, asset.profile.points[view.name].deadband):
                    continue
                if told is not None and told.quality == view.quality and monotonic - told.at < self._every:
                    waiting = True
                    continue
                self._told[topic] = Told(view.value, view.quality, monotonic)
                (lost if view.value is None else there)[topic] = _payload(view, self._language)
            if not waiting:
                self._open.discard(id)
        return lost, there

    def _find_silent(self, now: datetime) -> None:
        for id, asset in self._assets.items():
            state = self._states.get(id)
            silent = state is None or now - state.at > fresh_for(asset)
            if self._silent.get(id) is not silent:
                self._silent[id] = silent
                self._open.add(id)


def _news(view: PointView, told: Told, deadband: float) -> bool:
    if view.quality != told.quality:
        return True
    value, before = view.value, told.value
    if isinstance(value, float | int) and isinstance(before, float | int):
        return value != before and abs(value - before) >= deadband
    return value != before


def _payload(view: PointView, language: Language) -> bytes:
    value = view.value
    if isinstance(value, str) and value in view.labels:
        value = view.labels[value].in_language(language)
    elif view.kind == "number" and isinstance(value, float | int):
        value = float(f"{value:.9g}")  # as many digits as a reading has
    at = view.at.isoformat(timespec="milliseconds") if view.at else None
    return json.dumps({"value": value, "quality": view.quality, "at": at}, ensure_ascii=False).encode()
