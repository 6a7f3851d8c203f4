"""The demo's accounts: one for each role, with a password that everybody knows. Only in the demo's own database, on loopback."""

import ipaddress
from datetime import datetime
from pathlib import Path

from facility.domain.account import CONSOLE
from facility.domain.asset import Site
from facility.domain.person import Person
from facility.domain.role import GIVEN, Role
from facility.flow.keep_account import create_account, new_account
from facility.ports import Passwords, Work
from facility.settings import Settings

PASSWORD = "demo-garden"
BESIDE = {Role.SYSTEM_ADMINISTRATOR: "admin", Role.ENGINEERING: "engineering", Role.GATE_INTEGRATOR: "integrator"}


def why_not(settings: Settings) -> str:
    """Why open passwords would be wrong here; empty when they may be."""
    if not _is_loopback(settings.api_host):
        return f"the pages listen on {settings.api_host}"
    if not settings.work.startswith("sqlite:///") or not _inside(settings.work, settings.data):
        return "the work database is not the demo's own"
    return ""


def make_accounts(work: Work, site: Site, passwords: Passwords, now: datetime) -> dict[Role, str]:
    """One account for each role, unless it is there; role → login."""
    with work.reading() as unit:
        people = unit.people.all()
    logins = {role: one.login for role in Role if (one := _holder(site, people, role))}
    logins |= {role: login for role, login in BESIDE.items() if role not in logins}
    persons = {one.login: one for one in people}
    hashed = passwords.hash(PASSWORD)
    with work.writing() as unit:
        for role, login in logins.items():
            if unit.accounts.by_login(login) is not None:
                continue
            owner = persons.get(login)
            roles = frozenset() if owner else frozenset({role} & GIVEN)
            number, name = (owner.id, owner.name) if owner else (0, login)
            account = new_account(login, hashed, now, name=name, roles=roles, person=number, must_change=False)
            create_account(unit, account, CONSOLE)
    return {role: logins[role] for role in Role if role in logins}


def _holder(site: Site, people: list[Person], role: Role) -> Person | None:
    """The first person who fills a position of this role, and has no other role: one account shows one role."""
    for person in people:
        if {site.positions[name].role for name in person.positions if name in site.positions} == {role}:
            return person
    return None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _inside(url: str, folder: Path) -> bool:
    return Path(url.removeprefix("sqlite:///")).is_relative_to(folder)
