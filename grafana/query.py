"""InfluxQL as a board asks it: raw queries of one measurement, in windows or as the latest value."""

from collections.abc import Mapping
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


@dataclass(frozen=True, slots=True)
class Asked:
    """Fields of one measurement. `names`: field → its name in the legend, empty when the asset's name says enough.

    `of`: variable that names the assets. `factor`: what stored values are multiplied by.
    """

    measurement: str
    names: Mapping[str, str]
    of: str = ""
    factor: float = 1.0
    ref: str = "A"

    def windows(self, take: str = "mean") -> InfluxQL:
        """`take` of each field in windows of the board, a series an asset and field; windows without a reading stay empty."""
        return self._query(take, ' GROUP BY time($__interval), "asset" fill(null)')

    def latest(self) -> InfluxQL:
        """The last value of each field inside the panel's time, a series an asset and field."""
        return self._query("last", ' GROUP BY "asset"')

    def hourly(self) -> InfluxQL:
        """What each counter grew by in each hour, a series an asset and field; an hour in which it began again is left out."""
        return self._query("non_negative_difference(last", ' GROUP BY time(1h), "asset" fill(null)')

    def total(self) -> InfluxQL:
        """The sum over all assets of the last value of the one field inside the panel's time."""
        (field,) = self.names
        inner = f'SELECT last("{field}") AS "latest" FROM {self._where} GROUP BY "asset"'
        return InfluxQL(f'SELECT sum("latest") FROM ({inner})', "", self.ref)

    def quality_changes(self) -> InfluxQL:
        """The quality of every point of the measurement at each change: `good`, or `bad:` and the reason."""
        return InfluxQL(f'SELECT /_quality$/ FROM {self._where} GROUP BY "asset"', "$tag_asset $col", self.ref)

    def _query(self, take: str, end: str) -> InfluxQL:
        scale = f" * {self.factor:g}" if self.factor != 1 else ""
        close = ")" * (take.count("(") + 1)
        picked = ", ".join(f'{take}("{field}"{close}{scale} AS "{name or field}"' for field, name in self.names.items())
        alias = "$tag_asset $col" if any(self.names.values()) else "$tag_asset"
        return InfluxQL(f"SELECT {picked} FROM {self._where}{end}", alias, self.ref)

    @property
    def _where(self) -> str:
        chosen = f'"asset" =~ /^${self.of}$/ AND ' if self.of else ""
        return f'"{self.measurement}" WHERE {chosen}{HERE}'
