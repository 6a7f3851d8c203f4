"""What can be done to the power of the estate: each action with the devices that take it. Scenarios and people ask for them by name."""

from collections.abc import Sequence

from simulators.plant.deed import Deed
from simulators.plant.device import Device
from simulators.plant.generator import AUTO, MANUAL
from simulators.plant.power import Power

OVERLOAD = 2.0  # share of its own yearly maximum that somebody connects on top
LEAST_OVERLOAD = 150.0  # kW
BAD_JOINT, BAD_PHASE = 160.0, 1  # K that a poor joint adds to winding B
FUSES = 5  # steps of a capacitor bank that lose their fuses


def power_deeds(power: Power) -> dict[str, Deed]:
    """Actions on supplies, breakers, transformers, generators, transfer switches and capacitor banks."""
    feeders = power.feeders
    incomers = {feeder.asset.id: feeder for feeder in power.incomers}
    breakers = {breaker.asset.id: breaker for breaker in power.breakers}
    generators = {generator.asset.id: generator for generator in power.generators}
    return {
        "lose_mains": Deed(incomers, lambda id: setattr(feeders[id], "mains", False)),
        "return_mains": Deed(incomers, lambda id: setattr(feeders[id], "mains", True)),
        "trip": Deed(feeders, lambda id: feeders[id].trip()),
        "close": Deed(feeders, lambda id: feeders[id].close()),
        "overload": Deed(feeders, lambda id: _overload(power, id)),
        "end_overload": Deed(feeders, lambda id: setattr(feeders[id], "surge", 0.0)),
        "short_circuit": Deed(breakers, lambda id: setattr(breakers[id], "shorted", True)),
        "earth_fault": Deed(breakers, lambda id: setattr(breakers[id], "leaking", True)),
        "mend_cable": Deed(breakers, lambda id: breakers[id].mend_cable()),
        "fail_generator": Deed(generators, lambda id: setattr(generators[id], "will_not_fire", True)),
        "mend_generator": Deed(generators, lambda id: generators[id].restore()),
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


def _modes(power: Power) -> dict[str, Deed]:
    controllers: list[Device] = [*power.generators, *power.switches, *power.banks]
    controlled = {device.asset.id: device for device in controllers}
    return {
        "set_manual": Deed(controlled, lambda id: setattr(controlled[id], "mode", MANUAL)),
        "set_auto": Deed(controlled, lambda id: setattr(controlled[id], "mode", AUTO)),
    }


def _switches(power: Power) -> dict[str, Deed]:
    switches = {switch.asset.id: switch for switch in power.switches}
    return {
        "jam_switch": Deed(switches, lambda id: setattr(switches[id], "jammed", True)),
        "free_switch": Deed(switches, lambda id: setattr(switches[id], "jammed", False)),
        "begin_test": Deed(switches, lambda id: setattr(switches[id], "testing", True)),
        "end_test": Deed(switches, lambda id: setattr(switches[id], "testing", False)),
    }


def _transformers(power: Power) -> dict[str, Deed]:
    transformers = {transformer.asset.id: transformer for transformer in power.transformers}

    def heat(id: str) -> None:
        transformers[id].joint[BAD_PHASE] = BAD_JOINT

    return {
        "heat_winding": Deed(transformers, heat),
        "fail_fan": Deed(transformers, lambda id: setattr(transformers[id], "fan_broken", True)),
        "break_sensor": Deed(transformers, lambda id: setattr(transformers[id], "broken_sensor", BAD_PHASE)),
        "mend_transformer": Deed(transformers, lambda id: transformers[id].restore()),
    }


def _banks(power: Power) -> dict[str, Deed]:
    banks = {bank.asset.id: bank for bank in power.banks}
    return {
        "blow_fuses": Deed(banks, lambda id: banks[id].blow_fuses(FUSES)),
        "mend_bank": Deed(banks, lambda id: banks[id].restore()),
    }
