"""The watchdog's loop: look, judge, tell, and give the outside service its sign while all is well."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from facility.domain.errors import StoreError
from facility.domain.notice import Answer, ChannelSpec, Rung
from facility.domain.state import ProgramState
from facility.domain.watchdog import DeadMan, Vigil, WatchdogSpec
from facility.ports import Channel, Clock, Live, Work
from facility.process import process_figures
from facility.settings import SettingRefused
from facility.wiring import Program
from scheduler.channels.exchange import address, exchange
from scheduler.watchdog.addresses import Addresses
from scheduler.watchdog.errands import Errands
from scheduler.watchdog.signs import EXPECTED, OURSELVES, Lookout
from scheduler.watchdog.voice import BACK, SILENT, Voice, Word

log = logging.getLogger(__name__)

LOOK_EVERY = 2.0  # seconds
TURN = 0.1  # seconds of real time between two looks at the clock
TRY_AGAIN = 15.0  # seconds until those whom no channel reached are tried again
LEARN_EVERY = 60.0  # seconds between two questions for people and their addresses


@dataclass(slots=True)
class Silence:
    """One that fell silent: when it was last heard (monotonic), who is still to be told, and when that is tried next."""

    heard: float
    untold: list[Rung]
    next_try: float
    told: bool = False
    telling: int = 0  # positions that are being told now
    over: Word | None = None  # once it is back


class Watchdog:
    """Watches until told to stop. Everything it needs of the database it has learnt before."""

    def __init__(
        self, spec: WatchdogSpec, lookout: Lookout, voice: Voice, work: Work, live: Live, clock: Clock
    ) -> None:
        self._spec, self._lookout, self._voice = spec, lookout, voice
        self._work, self._live, self._clock = work, live, clock
        self._silences: dict[str, Silence] = {}
        self._errands = Errands()
        self._told = 0
        self._next_learn = self._next_sign = clock.monotonic()
        self._signing = self._sign_fails = False
        lookout.vigil.expect(EXPECTED, clock.monotonic())

    def run(self, stopping: threading.Event, beat: Callable[[], None]) -> None:
        """Block until `stopping`; `beat` is called each turn."""
        log.info("watching %s; silence of %s is told", ", ".join(EXPECTED), self._spec.silent_for)
        next_look = self._clock.monotonic()
        while not stopping.is_set():
            beat()
            if self._clock.monotonic() >= next_look:
                next_look = self._clock.monotonic() + LOOK_EVERY
                self.turn()
            stopping.wait(TURN)

    def turn(self) -> None:
        """One look, and what follows from it."""
        self._errands.take_results()
        self._learn()
        self._lookout.look()
        self._judge()
        self._speak()
        self._give_sign()
        self._publish()

    def _learn(self) -> None:
        if self._clock.monotonic() < self._next_learn:
            return
        self._next_learn = self._clock.monotonic() + LEARN_EVERY
        try:
            self._voice.addresses.learn(self._work, {rung.position for rung in self._spec.tell})
        except StoreError as error:
            log.debug("people are not known anew: %s", error)
        except OSError as error:
            log.warning("people cannot be remembered: %s", error)

    def _judge(self) -> None:
        at = self._clock.monotonic()
        silent = self._lookout.vigil.silent(at)
        for name, heard in silent.items():
            if name not in self._silences:
                log.error("%s: no sign of life for %.0f s", name, at - heard)
                self._silences[name] = Silence(heard, list(self._spec.tell), at)
        for name in [name for name in self._silences if name not in silent]:
            silence = self._silences.pop(name)
            log.warning("%s is back after %.0f s", name, at - silence.heard)
            silence.over = self._word(BACK, name, silence)
            self._say_farewell(silence)

    def _speak(self) -> None:
        for name, silence in self._silences.items():
            if not silence.telling and self._clock.monotonic() >= silence.next_try:
                self._tell_of(name, silence)

    def _tell_of(self, name: str, silence: Silence) -> None:
        word = self._word(SILENT, name, silence)
        rungs, silence.untold = silence.untold, []
        silence.telling = len(rungs)
        silence.next_try = self._clock.monotonic() + self._spec.repeat.total_seconds()
        for rung in rungs:
            self._tell(rung, word, partial(self._note, silence, rung))

    def _note(self, silence: Silence, rung: Rung, reached: bool) -> None:
        """A position was told; when it was the last one: who is told next, and when."""
        silence.telling -= 1
        silence.told = silence.told or reached
        self._told += reached
        if not reached:
            silence.untold.append(rung)
            silence.next_try = self._clock.monotonic() + TRY_AGAIN
        if silence.telling:
            return
        silence.untold = silence.untold or list(self._spec.tell)
        self._say_farewell(silence)

    def _say_farewell(self, silence: Silence) -> None:
        """To those who know of it, when nobody is being told of it any more. One attempt is enough: the page shows it too."""
        if silence.over is not None and silence.told and not silence.telling:
            for rung in self._spec.tell:
                self._tell(rung, silence.over, lambda _reached: None)

    def _tell(self, rung: Rung, word: Word, then: Callable[[bool], None]) -> None:
        """Beside the loop: channels may be slow, and looking goes on."""
        name = f"tell {rung.position} that {word.name} is {word.what}"
        self._errands.send(name, partial(self._voice.tell, rung, word), then, otherwise=False)

    def _word(self, what: str, name: str, silence: Silence) -> Word:
        lasting = timedelta(seconds=self._clock.monotonic() - silence.heard)
        return Word(what, name, self._clock.now() - lasting, lasting)

    def _give_sign(self) -> None:
        """Only while nothing is silent: the outside service then calls somebody, also when this machine is gone."""
        dead_man, at = self._spec.dead_man, self._clock.monotonic()
        if dead_man is None or self._silences or self._signing or at < self._next_sign:
            return
        self._next_sign, self._signing = at + dead_man.every.total_seconds(), True
        self._errands.send("give the sign", partial(sign_to, dead_man), self._note_sign, otherwise="our program failed")

    def _note_sign(self, why: str) -> None:
        self._signing = False
        if why and not self._sign_fails:
            log.error("the outside service got no sign of ours: %s", why)
        self._sign_fails = bool(why)

    def _publish(self) -> None:
        figures: dict[str, float] = {
            "facility_watchdog_told_total": self._told,
            "facility_watchdog_sign_failing": float(self._sign_fails),
            **{f'facility_watchdog_silent{{name="{name}"}}': 1.0 for name in self._silences},
            **process_figures(OURSELVES),
        }
        try:
            self._live.put_program(ProgramState(OURSELVES, self._clock.now(), figures))
        except StoreError as error:
            log.debug("no account of ours: %s", error)


def sign_to(dead_man: DeadMan) -> str:
    """Give the sign; why it was not taken, else empty."""
    try:
        url = address(dead_man.where)
    except OSError as error:
        return f"its address cannot be read ({error.strerror})"
    reply = exchange(dead_man.where, url, b"", {})
    if isinstance(reply, Answer):
        return reply.text
    return "" if 200 <= reply.status < 300 else f"HTTP {reply.status}"


def watchdog_of(program: Program, open_channel: Callable[[ChannelSpec], Channel]) -> Watchdog:
    """The watchdog of the site; SettingRefused when the site file has none."""
    site, clock, spec = program.site, program.clock, program.site.watchdog
    if spec is None:
        raise SettingRefused(
            "watchdog", "the site file has no watchdog", "Add `watchdog: {tell: [{position: …, channels: […]}]}`"
        )
    work, live = program.work(), program.live()
    used = {id for rung in spec.tell for id in rung.channels}
    addresses = Addresses(program.settings.data)
    addresses.recall()
    voice = Voice(
        site,
        {id: open_channel(site.channels[id]) for id in used},
        addresses,
        site.public_url or program.settings.public_url,
    )
    return Watchdog(spec, Lookout(work, live, clock, Vigil(spec.silent_for.total_seconds())), voice, work, live, clock)
