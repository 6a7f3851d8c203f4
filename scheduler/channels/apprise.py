"""Apprise (an extra: `pip install 'facility[apprise]'`): some hundred further services, each by its apprise address."""

import logging

from facility.domain.notice import Answer, ChannelSpec, Verdict
from facility.ports import Outgoing
from scheduler.channels.exchange import address, unreadable


class Apprise:
    """Port Channel. Apprise says only yes or no: what is not accepted is tried again, and the next channel takes over meanwhile."""

    def __init__(self, spec: ChannelSpec) -> None:
        self._spec = spec

    def send(self, outgoing: Outgoing) -> Answer:
        """Send to the address of the url_file; `{to}` in it stands for the person's address."""
        try:
            import apprise
        except ImportError:
            return Answer(Verdict.REFUSED, "not_installed", "apprise is an extra: pip install 'facility[apprise]'")
        logging.getLogger("apprise").setLevel(logging.CRITICAL)  # its lines name addresses, and with them keys
        try:
            url = address(self._spec).replace("{to}", outgoing.to)
        except OSError as error:
            return unreadable(error)
        service = apprise.Apprise()
        if not service.add(url):
            return Answer(Verdict.REFUSED, "no_service", "apprise does not know this address")
        body = "\n".join([outgoing.text, *([outgoing.link] if outgoing.link else [])])
        if service.notify(title=outgoing.title, body=body):
            return Answer(Verdict.ACCEPTED, "true", "apprise handed it over")
        return Answer(Verdict.TRY_LATER, "false", "apprise could not hand it over; it does not say why")
