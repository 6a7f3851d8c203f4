"""What can be done to the water of the estate: each action with the devices that take it. Scenarios and people ask for them by name."""

from collections.abc import Mapping

from simulators.plant.deed import Deed
from simulators.plant.device import Breakable
from simulators.plant.plant import Plant
from simulators.plant.sump import CLOUDBURST

BURST = 400.0  # m³/h at the main's target pressure: a DN100 main broken across


def water_deeds(plant: Plant) -> dict[str, Deed]:
    """Actions on town main, pumps, mains, pits, fire water and valves."""
    works = plant.waterworks
    pumps: dict[str, Breakable] = {**plant.pumps, **works.sets, **works.pits, **works.fire_pumps, **works.jockeys}
    towns = {**plant.tanks, **works.meters}

    def town(id: str, on: bool) -> None:
        if id in works.meters:
            works.meters[id].main = on
        else:
            plant.tanks[id].city_water = on

    def burst(id: str, flow: float) -> None:
        works.groups_of[id].burst = flow

    return {
        "lose_water": Deed(towns, lambda id: town(id, False)),
        "return_water": Deed(towns, lambda id: town(id, True)),
        "fail_pump": Deed(pumps, lambda id: pumps[id].fail()),
        "mend_pump": Deed(pumps, lambda id: pumps[id].mend()),
        "change_duty": Deed(works.groups_of, lambda id: works.groups_of[id].change_duty()),
        "burst_pipe": Deed(works.groups_of, lambda id: burst(id, BURST)),
        "mend_pipe": Deed(works.groups_of, lambda id: burst(id, 0.0)),
        "pour_rain": Deed(works.pits, lambda id: setattr(works.pits[id], "rain", CLOUDBURST)),
        "end_rain": Deed(works.pits, lambda id: setattr(works.pits[id], "rain", works.pits[id].usual_rain)),
        "use_fire_water": Deed(works.fire_mains, lambda id: setattr(works.fire_mains[id], "in_use", True)),
        "save_fire_water": Deed(works.fire_mains, lambda id: setattr(works.fire_mains[id], "in_use", False)),
        "stop_fire_pump": Deed(works.fire_pumps, lambda id: works.fire_pumps[id].stop()),
        "close_valve": Deed(works.valves, lambda id: setattr(works.valves[id], "wanted", 0.0)),
        "open_valve": Deed(works.valves, lambda id: setattr(works.valves[id], "wanted", 1.0)),
    }


def selected(plant: Plant) -> dict[str, Mapping[str, object]]:
    """Selectors of targets that need no ids of a site; one in the singular names the first of them."""
    works = plant.waterworks
    many: dict[str, Mapping[str, object]] = {
        "@town_mains": works.meters,
        "@booster_sets": works.sets,
        "@pits": works.pits,
        "@fire_pumps": works.fire_pumps,
        "@jockeys": works.jockeys,
        "@fire_mains": works.fire_mains,
        "@valves": works.valves,
    }
    first: dict[str, Mapping[str, object]] = {
        "@pump": plant.pumps,
        "@intake": plant.gases,
        "@panel": plant.panels,
        "@gate": plant.gates,
        "@booster_set": works.sets,
        "@pit": works.pits,
        "@fire_main": works.fire_mains,
    }
    return {**many, **{name: dict(list(found.items())[:1]) for name, found in first.items()}}
