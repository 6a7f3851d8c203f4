"""InfluxQL as a board asks it: raw queries of one measurement, in windows or as the latest value."""

from dataclasses import dataclass

from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models.dashboard import DataSourceRef

SOURCE = DataSourceRef(type_val="influxdb", uid="facility-history")
HERE = '"site" =~ /^$site$/ AND $timeFilter'


@dataclass(frozen=True, slots=True)
class InfluxQL(Builder[Dataquery], Dataquery):
    """One raw query. `alias` may hold `$tag_asset` and `$col`."""

    query: str
    alias: str = "$tag_asset"
    ref: str = "A"

    def build(self) -> Dataquery:
        """Itself: there is nothing to assemble."""
        return self

    def to_json(self) -> dict[str, object]:
        """As Grafana's InfluxDB data source stores a raw query."""
        return {
            "refId": self.ref,
            "datasource": SOURCE,
            "rawQuery": True,
            "query": self.query,
            "resultFormat": "time_series",
            "alias": self.alias,
        }


def windows(measurement: str, fields: dict[str, str], *, take: str = "mean", of: str = "") -> InfluxQL:
    """`take` of each field in windows of the board, one series an asset and field; windows without a reading stay empty.

    `fields`: field → its name in the legend, empty when the asset's name says enough. `of`: variable that names the assets.
    """
    picked = ", ".join(f'{take}("{field}") AS "{name or field}"' for field, name in fields.items())
    return InfluxQL(
        f'SELECT {picked} FROM "{measurement}" WHERE {_chosen(of)}{HERE} GROUP BY time($__interval), "asset" fill(null)',
        _alias(fields),
    )


def latest(measurement: str, fields: dict[str, str], *, of: str = "") -> InfluxQL:
    """The last value of each field inside the panel's time, one series an asset and field."""
    picked = ", ".join(f'last("{field}") AS "{name or field}"' for field, name in fields.items())
    return InfluxQL(f'SELECT {picked} FROM "{measurement}" WHERE {_chosen(of)}{HERE} GROUP BY "asset"', _alias(fields))


def total(measurement: str, field: str, *, of: str = "") -> InfluxQL:
    """The sum over all assets of the last value of a field inside the panel's time."""
    inner = f'SELECT last("{field}") AS "latest" FROM "{measurement}" WHERE {_chosen(of)}{HERE} GROUP BY "asset"'
    return InfluxQL(f'SELECT sum("latest") FROM ({inner})', alias="")


def quality_changes(measurement: str, ref: str) -> InfluxQL:
    """Each point's quality at every change: `good`, or `bad:` and the reason."""
    return InfluxQL(f'SELECT /_quality$/ FROM "{measurement}" WHERE {HERE} GROUP BY "asset"', "$tag_asset $col", ref)


def _chosen(variable: str) -> str:
    return f'"asset" =~ /^${variable}$/ AND ' if variable else ""


def _alias(fields: dict[str, str]) -> str:
    return "$tag_asset $col" if any(fields.values()) else "$tag_asset"
