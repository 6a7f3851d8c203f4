"""The watchdog's voice: words for what fell silent or is back, sent straight to the channels, without outbox or database."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from facility.domain.asset import Site
from facility.domain.notice import Rung, Verdict
from facility.domain.text import Language
from facility.locale import catalogue, duration, moment, text
from facility.ports import Channel, Outgoing
from scheduler.watchdog.addresses import Addresses

log = logging.getLogger(__name__)

SILENT, BACK = "silent", "back"


@dataclass(frozen=True, slots=True)
class Word:
    """What is told: that `name` is SILENT or BACK, since when, and how long that is or was."""

    what: str
    name: str
    since: datetime
    lasting: timedelta


@dataclass(frozen=True, slots=True)
class Voice:
    """Tells people of one site."""

    site: Site
    channels: Mapping[str, Channel]
    addresses: Addresses
    public_url: str

    def tell(self, rung: Rung, word: Word) -> bool:
        """Everybody of the rung's position, each by the first channel that accepts; False when somebody was not reached.

        A position of which we know nobody is told through the channel alone: a group robot needs no address.
        """
        people = self.addresses.of(rung.position)
        readers = [(person.language, person.contacts, person.name) for person in people]
        readers = readers or [(self.site.language, {}, rung.position)]
        reached = [self._reach(rung, word, *reader) for reader in readers]  # everybody, also after one who was not
        return all(reached)

    def _reach(self, rung: Rung, word: Word, language: Language, contacts: Mapping[str, str], who: str) -> bool:
        for id in rung.channels:
            answer = self.channels[id].send(self._outgoing(word, language, contacts.get(id, "")))
            log.log(
                logging.INFO if answer.verdict is Verdict.ACCEPTED else logging.ERROR,
                "told %s by %s that %s is %s: %s %s",
                who,
                id,
                word.name,
                word.what,
                answer.verdict,
                answer.code,
            )
            if answer.verdict is Verdict.ACCEPTED:
                return True
        return False

    def _outgoing(self, word: Word, language: Language, to: str) -> Outgoing:
        lines = self.lines(word, language)
        link = f"{self.public_url}/programs" if self.public_url else ""
        key = f"watchdog:{word.name}:{word.what}:{word.since.timestamp():.0f}"
        return Outgoing(key=key, to=to, title=lines[0], text="\n".join(lines), link=link, level=1)

    def lines(self, word: Word, language: Language) -> list[str]:
        """The message, line by line; the first fits a lock screen."""
        name = name_of(word.name, language)
        since = moment(word.since, language, self.site.zone, seconds=True)
        lasting = duration(word.lasting, language)
        head = text(f"notices.watchdog.{word.what}", language, name=name)
        where = text("notices.watchdog.site", language, site=self.site.title)
        when = text(f"notices.watchdog.{word.what}_since", language, since=since, lasting=lasting)
        lines = [head, where, when]
        if word.what == SILENT:
            part = word.name if f"notices.watchdog.effect.{word.name}" in catalogue(language) else "other"
            lines.append(text(f"notices.watchdog.effect.{part}", language))
            lines.append(text(f"notices.watchdog.do.{part}", language))
        return lines


def name_of(name: str, language: Language) -> str:
    """What people call it; programs of other names by their name."""
    known = f"notices.watchdog.name.{name}"
    return text(known, language) if known in catalogue(language) else name
