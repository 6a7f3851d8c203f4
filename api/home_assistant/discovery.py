"""What Home Assistant is told of each point, once: its name, unit, kind, device and where its state stands. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from facility.domain.asset import Asset, Site
from facility.domain.mqtt import HomeAssistant
from facility.domain.profile import Point
from facility.domain.text import Language

ONLINE, OFFLINE = b"online", b"offline"
_MEASURED = "measurement"
CLASSES: Mapping[str, tuple[str, str]] = {
    "V": ("voltage", _MEASURED),
    "mV": ("voltage", _MEASURED),
    "A": ("current", _MEASURED),
    "mA": ("current", _MEASURED),
    "W": ("power", _MEASURED),
    "kW": ("power", _MEASURED),
    "kvar": ("reactive_power", _MEASURED),
    "kVA": ("apparent_power", _MEASURED),
    "kWh": ("energy", "total_increasing"),
    "Hz": ("frequency", _MEASURED),
    "kPa": ("pressure", _MEASURED),
    "m³/h": ("volume_flow_rate", _MEASURED),
    "L/min": ("volume_flow_rate", _MEASURED),
    "m": ("distance", _MEASURED),
    "mm": ("distance", _MEASURED),
    "m/s": ("speed", _MEASURED),
    "°C": ("temperature", _MEASURED),
    "h": ("duration", _MEASURED),
    "min": ("duration", _MEASURED),
    "s": ("duration", _MEASURED),
    "lx": ("illuminance", _MEASURED),
    "dBm": ("signal_strength", _MEASURED),
}
"""Device and state class by unit, where the unit alone implies them: % may be humidity or a valve, m³ a meter or a tank."""

_WORDLESS = ("", "count")
_TEMPLATES = {"bit": "{{ 'ON' if value_json.value else 'OFF' }}"}
_VALUE = "{{ value_json.value }}"
_AVAILABLE = "{{ 'online' if value_json.quality == 'good' else 'offline' }}"


@dataclass(frozen=True, slots=True)
class Topics:
    """Where everything stands. All of it lies below two prefixes that belong to this site alone."""

    site: str
    prefix: str  # of the discovery

    @property
    def root(self) -> str:
        """States and availability."""
        return f"facility/{self.site}"

    @property
    def bridge(self) -> str:
        """Whether we are there; our will."""
        return f"{self.root}/status"

    @property
    def marker(self) -> str:
        """Written and read back by ourselves."""
        return f"{self.root}/marker"

    @property
    def ours(self) -> tuple[str, str]:
        """Filters of all that we ever publish."""
        return f"{self.prefix}/+/facility-{self.site}/+/config", f"{self.root}/#"

    def availability(self, asset: Asset) -> str:
        """Of one asset."""
        return f"{self.root}/{asset.id}/availability"

    def state(self, asset: Asset, point: Point) -> str:
        """Of one point."""
        return f"{self.root}/{asset.id}/point/{point.name}"

    def config(self, asset: Asset, point: Point) -> str:
        """The discovery of one point."""
        return f"{self.prefix}/{component(point)}/facility-{self.site}/{asset.id}_{point.name}/config"


def topics_of(site: Site, settings: HomeAssistant) -> Topics:
    """The topics of a site."""
    return Topics(site.id, settings.prefix)


def component(point: Point) -> str:
    """What kind of entity a point is."""
    return "binary_sensor" if point.kind == "bit" else "sensor"


def configs(site: Site, topics: Topics) -> dict[str, bytes]:
    """The discovery of every point of every asset that is in use."""
    return {
        topics.config(asset, point): _config(site, asset, point, topics)
        for asset in site.assets.values()
        if not asset.retired
        for point in asset.profile.points.values()
    }


def _config(site: Site, asset: Asset, point: Point, topics: Topics) -> bytes:
    state, language = topics.state(asset, point), site.language
    config = {
        "name": point.title.in_language(language),
        "unique_id": f"facility_{site.id}_{asset.id}_{point.name}",
        "default_entity_id": f"{component(point)}.{asset.id.replace('-', '_')}_{point.name}",
        "state_topic": state,
        "value_template": _TEMPLATES.get(point.kind, _VALUE),
        "availability_mode": "all",
        "availability": [
            {"topic": topics.bridge},
            {"topic": topics.availability(asset)},
            {"topic": state, "value_template": _AVAILABLE},
        ],
        "qos": 1,
        "device": _device(site, asset),
        "origin": {"name": "Facility"},
        **_kind(point, language),
    }
    return json.dumps(config, ensure_ascii=False, sort_keys=True).encode()


def _device(site: Site, asset: Asset) -> dict[str, object]:
    language = site.language
    return {
        "identifiers": [f"facility_{site.id}_{asset.id}"],
        "name": asset.title.in_language(language),
        "model": asset.profile.title.in_language(language),
        "suggested_area": site.areas[asset.area].title.in_language(language),
    }


def _kind(point: Point, language: Language) -> dict[str, object]:
    match point.kind:
        case "enum":
            titles = [title.in_language(language) for title in point.labels.values()]
            return {"device_class": "enum", "options": list(dict.fromkeys(titles))}
        case "number":
            unit = str(point.unit)
            found = CLASSES.get(unit)
            classes = {"device_class": found[0], "state_class": found[1]} if found else {"state_class": _MEASURED}
            return {**classes, **({} if unit in _WORDLESS else {"unit_of_measurement": unit})}
    return {}
