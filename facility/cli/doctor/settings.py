"""Settings and site file."""

from collections.abc import Iterator

from facility.cli.doctor.finding import Check, Finding, Group, fine, wrong
from facility.cli.doctor.installation import Installation
from facility.domain.errors import SiteRefused
from facility.site import load

SHOWN = 5  # faults of a site file; `facility check` lists all


def settings_check(installation: Installation) -> Check:
    """The one check of this family."""
    return Check(Group.SETTINGS, "settings", lambda: look(installation), within=30.0)


def look(installation: Installation) -> Iterator[Finding]:
    """The settings could be read; can the site file?"""
    settings = installation.settings
    yield fine(Group.SETTINGS, "read", data=settings.data, history=settings.history)
    site = installation.site
    if site is not None:
        yield fine(Group.SETTINGS, "site", path=settings.site, assets=len(site.assets), links=len(site.links))
        return
    try:
        load(settings.site)
    except SiteRefused as refused:
        faults = "; ".join(str(fault) for fault in refused.faults[:SHOWN])
        yield wrong(Group.SETTINGS, "site_refused", path=settings.site, number=len(refused.faults), faults=faults)
    except OSError as error:
        yield wrong(Group.SETTINGS, "site_missing", path=settings.site, why=error.strerror or error)
