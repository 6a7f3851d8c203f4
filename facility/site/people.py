"""Reads a file of people: who they are, which positions they fill, where they are reached."""

from datetime import time
from pathlib import Path

from facility.domain.asset import Site
from facility.domain.person import Person, QuietHours
from facility.domain.skill import Skill
from facility.site import grammar
from facility.site.kinds import did_you_mean
from facility.site.text_files import read_text, refuse, shown
from facility.site.tree import Faults, parse


def read_people(path: Path, site: Site) -> list[Person]:
    """The people of a file, by login, without ids; SiteRefused carries every fault."""
    faults = Faults()
    text = read_text(path, faults)
    refuse(faults)
    entry = grammar.PEOPLE.read(parse(text, shown(path), faults), faults)
    people = []
    for login, person in entry["people"].items():
        for node, position in person["positions"]:
            if position and position not in site.positions:
                faults.add(node, f"position {position} does not exist.", did_you_mean(position, site.positions))
        for channel in person["contacts"]:
            if channel not in site.channels:
                place = person.at("contacts").items[channel]
                faults.add(place, f"channel {channel} does not exist.", did_you_mean(channel, site.channels))
        positions = tuple(dict.fromkeys(position for _, position in person["positions"]))
        skills = {Skill(skill): last for skill, last in person["skills"].items() if skill in set(Skill)}
        people.append(
            Person(
                0,
                login,
                person["name"],
                person["language"],
                positions,
                person["contacts"],
                quiet_hours(person["quiet"]),
                skills=skills,
            )
        )
    refuse(faults)
    return people


def quiet_hours(text: str) -> QuietHours | None:
    """The quiet hours of a text such as 22:00-07:00; None for an empty one."""
    start, _, end = text.partition("-")
    return QuietHours(time.fromisoformat(start), time.fromisoformat(end)) if end else None
