"""All checks of an installation."""

from facility.cli.doctor import (
    broker,
    certificate,
    channels,
    clock,
    data,
    history,
    links,
    people,
    ports,
    programs,
    work,
)
from facility.cli.doctor.finding import Check, Group, wrong
from facility.cli.doctor.installation import Installation
from facility.cli.doctor.settings import settings_check
from facility.clock import clock_from_environment
from facility.domain.asset import Site
from facility.domain.errors import SiteRefused
from facility.settings import SettingRefused, Settings, settings_from_environment
from facility.site import load

FAMILIES = (data, work, history, clock, channels, people, broker, links, ports, certificate, programs)


def checks() -> list[Check]:
    """Settings come first: without them nothing else can be looked at."""
    try:
        settings = settings_from_environment()
    except SettingRefused as refused:
        finding = wrong(Group.SETTINGS, "refused", why=str(refused))
        return [Check(Group.SETTINGS, "settings", lambda: [finding])]
    installation = Installation(settings, _site(settings), clock_from_environment())
    found = [settings_check(installation)]
    for family in FAMILIES:
        found += family.checks(installation)
    return found


def _site(settings: Settings) -> Site | None:
    """None when it is refused: what does not need it is looked at all the same, and the settings' check says why."""
    try:
        return load(settings.site)
    except (SiteRefused, OSError):
        return None
