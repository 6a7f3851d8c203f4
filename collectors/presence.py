"""Presence: what the availability topic, or the device's will on it, says of an asset."""

import logging

from collectors.track import Track
from facility.domain.mqtt import Availability

log = logging.getLogger(__name__)


class Presence:
    """Offline makes the asset's points bad at once; online proves nothing about values: the next reading does."""

    def __init__(self, track: Track, availability: Availability) -> None:
        self._track = track
        self._online, self._offline = availability.online, availability.offline
        self._odd = False
        self._word = ""
        self.garbage = 0

    def take(self, payload: bytes, received: int, *, retained: bool) -> None:
        """A message of the topic; a retained one is the device's last word, so it counts as a fresh one does.

        Unless we know it already: after a reconnect, an offline that readings have overtaken since is no news.
        """
        word = payload.decode("utf-8", errors="replace").strip()
        known, self._word = retained and word == self._word, word
        if word == self._offline and not known:
            self._track.lost(received)
        elif word not in (self._online, self._offline, ""):
            self._refuse(word)

    def _refuse(self, word: str) -> None:
        self.garbage += 1
        if not self._odd:
            log.warning(
                '%s: its availability is "%.40s", neither "%s" nor "%s"',
                self._track.asset.id,
                word,
                self._online,
                self._offline,
            )
        self._odd = True
