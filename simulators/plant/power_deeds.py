"""What can be done to the power of the estate: each action with the devices that take it. Scenarios and people ask for them by name."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from simulators.plant.device import Device
from simulators.plant.generator import AUTO, MANUAL
from simulators.plant.power import Power

OVERLOAD = 2.0  # share of its own yearly maximum that somebody connects on top
LEAST_OVERLOAD = 150.0  # kW
BAD_JOINT, BAD_PHASE = 160.0, 1  # K that a poor joint adds to winding B
FUSES = 5  # steps of a capacitor bank that lose their fuses


@dataclass(frozen=True, slots=True)
class PowerDeed:
    """An action: `takers` by asset id, and what it does to one of them."""

    takers: Mapping[str, object]
    do: Callable[[str], None]


def power_deeds(power: Power) -> dict[str, PowerDeed]:
    """Actions on supplies, breakers, transformers, generators, transfer switches and capacitor banks."""
    feeders = power.feeders
    incomers = {feeder.asset.id: feeder for feeder in power.incomers}
    breakers = {breaker.asset.id: breaker for breaker in power.breakers}
    generators = {generator.asset.id: generator for generator in power.generators}
    return {
        "lose_mains": PowerDeed(incomers, lambda id: setattr(feeders[id], "mains", False)),
        "return_mains": PowerDeed(incomers, lambda id: setattr(feeders[id], "mains", True)),
        "trip": PowerDeed(feeders, lambda id: feeders[id].trip()),
        "close": PowerDeed(feeders, lambda id: feeders[id].close()),
        "overload": PowerDeed(feeders, lambda id: _overload(power, id)),
        "end_overload": PowerDeed(feeders, lambda id: setattr(feeders[id], "surge", 0.0)),
        "short_circuit": PowerDeed(breakers, lambda id: setattr(breakers[id], "shorted", True)),
        "earth_fault": PowerDeed(breakers, lambda id: setattr(breakers[id], "leaking", True)),
        "mend_cable": PowerDeed(breakers, lambda id: breakers[id].mend_cable()),
        "fail_generator": PowerDeed(generators, lambda id: setattr(generators[id], "will_not_fire", True)),
        "mend_generator": PowerDeed(generators, lambda id: generators[id].restore()),
        **_modes(power),
        **_switches(power),
        **_transformers(power),
        **_banks(power),
    }


def chosen(power: Power) -> dict[str, list[str]]:
    """Selectors of targets that need no ids of a site; one in the singular names the first of them."""
    many: dict[str, Sequence[Device]] = {
        "@incomers": power.incomers,
        "@breakers": power.breakers,
        "@generators": power.generators,
        "@switches": power.switches,
        "@transformers": power.transformers,
        "@banks": power.banks,
        "@rooms": power.sensors,
    }
    ids = {selector: [device.asset.id for device in devices] for selector, devices in many.items()}
    first = {"@breaker": "@breakers", "@transformer": "@transformers", "@generator": "@generators", "@room": "@rooms"}
    return ids | {one: ids[all_of_them][:1] for one, all_of_them in first.items()}


def _overload(power: Power, id: str) -> None:
    feeder = power.feeders[id]
    feeder.surge = max(LEAST_OVERLOAD, OVERLOAD * feeder.rated)


def _modes(power: Power) -> dict[str, PowerDeed]:
    controllers: list[Device] = [*power.generators, *power.switches, *power.banks]
    controlled = {device.asset.id: device for device in controllers}
    return {
        "set_manual": PowerDeed(controlled, lambda id: setattr(controlled[id], "mode", MANUAL)),
        "set_auto": PowerDeed(controlled, lambda id: setattr(controlled[id], "mode", AUTO)),
    }


def _switches(power: Power) -> dict[str, PowerDeed]:
    switches = {switch.asset.id: switch for switch in power.switches}
    return {
        "jam_switch": PowerDeed(switches, lambda id: setattr(switches[id], "jammed", True)),
        "free_switch": PowerDeed(switches, lambda id: setattr(switches[id], "jammed", False)),
        "begin_test": PowerDeed(switches, lambda id: setattr(switches[id], "testing", True)),
        "end_test": PowerDeed(switches, lambda id: setattr(switches[id], "testing", False)),
    }


def _transformers(power: Power) -> dict[str, PowerDeed]:
    transformers = {transformer.asset.id: transformer for transformer in power.transformers}

    def heat(id: str) -> None:
        transformers[id].joint[BAD_PHASE] = BAD_JOINT

    return {
        "heat_winding": PowerDeed(transformers, heat),
        "fail_fan": PowerDeed(transformers, lambda id: setattr(transformers[id], "fan_broken", True)),
        "break_sensor": PowerDeed(transformers, lambda id: setattr(transformers[id], "broken_sensor", BAD_PHASE)),
        "mend_transformer": PowerDeed(transformers, lambda id: transformers[id].restore()),
    }


def _banks(power: Power) -> dict[str, PowerDeed]:
    banks = {bank.asset.id: bank for bank in power.banks}
    return {
        "blow_fuses": PowerDeed(banks, lambda id: banks[id].blow_fuses(FUSES)),
        "mend_bank": PowerDeed(banks, lambda id: banks[id].restore()),
    }
