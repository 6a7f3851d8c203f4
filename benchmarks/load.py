"""The load: how many gateways, units and points, and the site file that asks for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

CLASS = "meter"  # measurement of our readings

SITE = """\
site: bench
title: {en: Benchmark, zh: 基准}
zone: Asia/Shanghai
language: en
teams: {crew: {title: {en: Crew, zh: 班组}}}
positions: {keeper: {title: {en: Keeper, zh: 管理员}, team: crew, role: administrator}}
areas: {room: {title: {en: Room, zh: 机房}, owner: keeper}}
ladders:
  1: [{position: keeper, channels: [hook], after: 0s}]
  2: [{position: keeper, channels: [hook], after: 0s}]
  3: [{position: keeper, channels: [hook], after: 0s}]
channels: {hook: {kind: webhook, url: "http://127.0.0.1:9/hook", secret_file: hook.secret, timeout: 15s}}
"""
PROFILE = """\
profile: bench_meter
title: {en: Meter of the benchmark, zh: 基准电表}
class: meter
system: power
protocol: modbus
source: generic
modbus: {max_registers: 125, max_gap: 0, timeout: 1s, order: ABCD}
"""
POINT = (
    "  {name}: {{title: {{en: Voltage, zh: 电压}}, unit: V, every: {every}, range: [0, 500], deadband: 0.01,"
    " read: {{table: holding, address: {address}, type: float32}}}}\n"
)
RULES = """\
rules:
  low: {title: {en: Low, zh: 低}, when: {point: p0, below: 10, hysteresis: 1}, hold: 0s, clear_hold: 0s, level: 2, alert: level_low}
  high: {title: {en: High, zh: 高}, when: {point: p1, above: 400, hysteresis: 1}, hold: 1s, clear_hold: 0s, level: 2, alert: level_high}
"""
HOLD = 1.0  # seconds, of the rule `high`


@dataclass(frozen=True, slots=True)
class Load:
    """`units` behind each gateway, `points` float32 each, every `every` seconds."""

    gateways: int = 10
    units: int = 50
    points: int = 30
    every: int = 1
    connections: int = 1

    @property
    def per_second(self) -> float:
        """Points asked for a second."""
        return self.gateways * self.units * self.points / self.every

    def write_site(self, ports: Sequence[int], folder: Path) -> Path:
        """The site file of this load and its profile; every unit is a meter with deadbands and two rules."""
        (folder / "profiles").mkdir(parents=True, exist_ok=True)
        points = "".join(POINT.format(name=f"p{i}", every=f"{self.every}s", address=2 * i) for i in range(self.points))
        profile = f"{PROFILE}points:\n{points}{RULES}"
        (folder / "profiles" / "bench_meter.yaml").write_text(profile, encoding="utf-8")
        (folder / "hook.secret").write_text("not used", encoding="utf-8")
        path = folder / "site.yaml"
        path.write_text(SITE + self._links(ports) + self._assets(), encoding="utf-8")
        return path

    def _links(self, ports: Sequence[int]) -> str:
        more = f", connections: {self.connections}" if self.connections > 1 else ""
        lines = [
            f"  g{i}: {{title: {{en: Gateway {i}, zh: {i}号网关}}, kind: modbus_tcp, host: 127.0.0.1, port: {port}{more}}}\n"
            for i, port in enumerate(ports)
        ]
        return "links:\n" + "".join(lines)

    def _assets(self) -> str:
        lines = [
            f"  {asset_id(gateway, unit)}: {{title: {{en: Meter, zh: 电表}}, profile: bench_meter, area: room,"
            f" operating: keeper, maintaining: keeper, link: g{gateway}, unit: {unit}}}\n"
            for gateway in range(self.gateways)
            for unit in range(1, self.units + 1)
        ]
        return "assets:\n" + "".join(lines)


def asset_id(gateway: int, unit: int) -> str:
    """The asset behind a gateway's unit."""
    return f"g{gateway}-u{unit}"
