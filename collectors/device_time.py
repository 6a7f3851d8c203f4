"""A device's clock against ours, from the times that it puts on its messages.

A message is late by the network, or by hours when the device kept it, and never early: the largest of `their time less
ours` over a while is the difference of the clocks.
"""

import logging
from collections.abc import Iterable

from facility.domain.moment import SECOND

log = logging.getLogger(__name__)

WINDOW = 60 * SECOND  # so long at least is looked at before the largest is believed
ENOUGH = 4  # messages, at least
LIMIT = 10.0  # seconds by which a device's clock may differ


class DeviceTime:
    """`offset`: the device's clock less ours in seconds, None until it is known."""

    def __init__(self) -> None:
        self.offset: float | None = None
        self._largest = 0
        self._latest = self._began = self._count = 0
        self._told = False

    def observe(self, source: int, received: int) -> None:
        """A message with its own time, in Unix ns; one that is given again says nothing."""
        if source == self._latest:
            return
        self._latest = source
        if not self._count:
            self._began, self._largest = received, source - received
        self._count += 1
        self._largest = max(self._largest, source - received)
        if self._count >= ENOUGH and received - self._began >= WINDOW:
            self.offset, self._count = self._largest / SECOND, 0

    def tell(self, link: str, device: str) -> None:
        """A line in the log when the clock is found wrong, and one when it is right again."""
        wrong = self.offset is not None and abs(self.offset) > LIMIT
        if wrong and not self._told:
            what = "link %s: the clock of %s is %+.0f s from ours; its readings carry that time. Let it follow a time server"
            log.warning(what, link, device, self.offset)
        elif self._told and not wrong:
            log.info("link %s: the clock of %s is right again", link, device)
        self._told = wrong


def worst(times: Iterable[DeviceTime]) -> float | None:
    """The offset that is furthest from ours; None when none is known."""
    return max((time.offset for time in times if time.offset is not None), key=abs, default=None)
