"""SMS and calls by a GSM modem at this machine (AT commands): the way that needs neither mains nor internet."""

import hashlib
import re
import threading
import time
from collections.abc import Callable
from datetime import timedelta

import serial

from facility.domain.notice import Answer, ChannelSpec, Verdict
from facility.ports import Outgoing
from scheduler.channels.at_port import AtPort, CallEnded, ModemRefused, ModemSilent, Unanswered, opened
from scheduler.channels.exchange import NOT_REACHED
from scheduler.channels.layout import fitted
from scheduler.channels.pdu import ALONE, LINKED, NUMBER, submits, units
from scheduler.channels.remembered import Remembered

SIM_BUSY, SIM_BUSY_SMS, MEMORY_FULL = 14, 314, 322
LATER = {17, 38, 41, 42, 47, SIM_BUSY_SMS, 331, 332, 500}  # network, congestion, busy SIM; 500 is "unknown"
SIM_PATIENCE = 0.5  # seconds between two looks at a SIM that is starting
REGISTERED, SMS_ONLY, DENIED = {1, 5}, {6, 7}, 3
LOOK_EVERY = 0.5  # seconds between two looks at a call
HELD = 3.0  # seconds that an answered call is held: whoever answers hears that it is no mistake
HANG_UP_WITHIN = 2.0  # seconds
CALL_AGAIN = timedelta(seconds=60)
ENDS = ("BUSY", "NO ANSWER", "NO CARRIER", "NO DIALTONE")
OUTGOING_CALL = re.compile(r"\+CLCC: *\d+,0,(\d)")
SPOKEN_NUMBER = re.compile(r"[\s()-]")
_LOCKS: dict[str, threading.Lock] = {}


class _Modem:
    """What both kinds share: one conversation at a time on a serial port."""

    def __init__(self, spec: ChannelSpec) -> None:
        self._spec = spec
        self._device, baud = spec.text("device"), spec.settings.get("baud")
        self._baud = baud if isinstance(baud, int) else 115_200
        self._lock = _LOCKS.setdefault(self._device, threading.Lock())

    def _converse(self, number: str, talk: Callable[[AtPort], Answer], *, sms: bool) -> Answer:
        if not NUMBER.fullmatch(number):
            return Answer(
                Verdict.REFUSED, "no_address", "the person has no telephone number on this channel", personal=True
            )
        patience = self._spec.timeout.total_seconds()
        if not self._lock.acquire(timeout=patience):
            return Answer(Verdict.TRY_LATER, "in_use", "the modem is sending another message")
        try:
            with opened(self._device, self._baud, time.monotonic() + patience, _require_sim) as port:
                return _unregistered(port, sms=sms) or talk(port)
        except ModemRefused as error:
            return meaning(error)
        except ModemSilent:
            return Answer(Verdict.TRY_LATER, "silent", "the modem does not answer")
        except Unanswered:
            return Answer(Verdict.UNKNOWN, "silent", "the modem did not say what became of the message")
        except (serial.SerialException, OSError):
            return Answer(Verdict.TRY_LATER, "no_port", NOT_REACHED)
        finally:
            self._lock.release()


class ModemSms(_Modem):
    """Port Channel: SMS with any characters, in as many linked parts as `parts` allows."""

    def __init__(self, spec: ChannelSpec) -> None:
        super().__init__(spec)
        parts = spec.settings.get("parts")
        self._parts = parts if isinstance(parts, int) else 3
        self._texts = Remembered()
        self._gone: dict[str, int] = {}  # parts of a message that have gone: not sent again

    def send(self, outgoing: Outgoing) -> Answer:
        """Send all parts; what a broken attempt sent already is not sent again."""
        number = SPOKEN_NUMBER.sub("", outgoing.to)
        return self._converse(number, lambda port: self._send_parts(port, number, outgoing), sms=True)

    def _send_parts(self, port: AtPort, number: str, outgoing: Outgoing) -> Answer:
        text = self._texts.first(outgoing.key, lambda: short(outgoing, self._parts))
        reference = hashlib.sha256(outgoing.key.encode()).digest()[0]
        port.command("AT+CMGF=0")
        taken = "+CMGS"
        for place, pdu in enumerate(submits(number, text, reference), 1):
            if place <= self._gone.get(outgoing.key, 0):
                continue
            taken = self._send_part(port, f"AT+CMGS={pdu.octets}", pdu.hex)
            self._gone[outgoing.key] = place
        self._gone.pop(outgoing.key, None)
        return Answer(Verdict.ACCEPTED, "OK", taken)

    def _send_part(self, port: AtPort, command: str, hex: str) -> str:
        """The modem's `+CMGS: mr`. A SIM full of old messages sends nothing: they are deleted."""
        try:
            lines = port.submit(command, hex, port.left)
        except ModemRefused as error:
            if error.number != MEMORY_FULL:
                raise
            port.command("AT+CMGD=1,4", max(port.left, 1.0))
            lines = port.submit(command, hex, port.left)
        taken = next((line for line in lines if line.startswith("+CMGS:")), None)
        if taken is None:
            raise Unanswered
        return taken


class ModemCall(_Modem):
    """Port Channel: rings until the person answers. It says nothing: the number is known, and the message comes beside it."""

    def send(self, outgoing: Outgoing) -> Answer:
        """Call. Proof is that somebody answered; a telephone that only rang proves nothing."""
        number = SPOKEN_NUMBER.sub("", outgoing.to)
        return self._converse(number, lambda port: self._call(port, number), sms=False)

    def _call(self, port: AtPort, number: str) -> Answer:
        try:
            port.command(f"ATD{number};", max(port.left, 1.0), ENDS)
            return _watch(port)
        except CallEnded as ended:
            return _ended(str(ended), rang=False)
        finally:
            _hang_up(port)


def short(outgoing: Outgoing, parts: int) -> str:
    """The message within so many parts."""
    longest = ALONE if parts == 1 else parts * LINKED - parts  # a torn character may cost a unit of each part
    return fitted(outgoing, longest, units, tail=[outgoing.link] if outgoing.link else [])


def meaning(error: ModemRefused) -> Answer:
    """What an error means: trouble of the network passes, trouble of the SIM or of the number does not."""
    words = f"+{error.kind} ERROR: {error.code}"
    if error.number in LATER or error.number == SIM_BUSY or error.number >= 512 or error.kind == "AT":
        return Answer(Verdict.TRY_LATER, error.code, words)
    return Answer(Verdict.REFUSED, error.code, words)


def _require_sim(port: AtPort) -> None:
    """Numbered errors, and a SIM that is ready; shortly after its start a modem answers 14 for a while."""
    port.command("AT+CMEE=1")
    while True:
        try:
            told = [line for line in port.command("AT+CPIN?") if line.startswith("+CPIN:")]
            if any("READY" in line for line in told):
                return
            if told:
                raise ModemRefused("CME", "11")  # it wants a PIN
            port.settle()  # that was the late answer to something else
            if port.left < 2 * SIM_PATIENCE:
                raise ModemSilent
        except ModemRefused as error:
            if error.number != SIM_BUSY or port.left < 2 * SIM_PATIENCE:
                raise
        time.sleep(SIM_PATIENCE)


def _unregistered(port: AtPort, *, sms: bool) -> Answer | None:
    """What keeps the modem from the network; None when it is in one."""
    wanted = REGISTERED | SMS_ONLY if sms else REGISTERED
    states = [_state(port, name) for name in ("CREG", "CEREG")]
    if wanted.intersection(states):
        return None
    if DENIED in states:
        return Answer(Verdict.REFUSED, "denied", "the network refuses this SIM")
    return Answer(Verdict.TRY_LATER, "no_network", f"not in a network (registration {states[0]})")


def _state(port: AtPort, name: str) -> int:
    try:
        lines = port.command(f"AT+{name}?")
    except ModemRefused:
        return 0
    found = (re.fullmatch(rf"\+{name}: *\d+, *(\d+).*", line) for line in lines)
    return next((int(match[1]) for match in found if match), 0)


def _watch(port: AtPort) -> Answer:
    """Look at the call until it is answered, ends, or the time is up."""
    rang = False
    while port.left > HELD / 2:
        try:
            lines = port.command("AT+CLCC", ends=ENDS)
            states = [int(match[1]) for line in lines if (match := OUTGOING_CALL.match(line))]
            if 0 in states:
                time.sleep(min(HELD, max(0.0, port.left - 1)))
                return Answer(Verdict.ACCEPTED, "answered", "the call was answered")
            if not states:
                return _ended("ended", rang=rang)
            rang = rang or 3 in states
            port.listen(LOOK_EVERY, ENDS)
        except CallEnded as ended:
            return _ended(str(ended), rang=rang)
        except ModemSilent:
            if port.left > LOOK_EVERY:
                raise
    return _ended("NO ANSWER", rang=rang)


def _ended(word: str, *, rang: bool) -> Answer:
    words = "it rang, nobody answered" if rang else "the call did not come through"
    return Answer(Verdict.TRY_LATER, word, words, CALL_AGAIN, personal=True)


def _hang_up(port: AtPort) -> None:
    """Takes its own time: a call must not go on after us."""
    port.allow(2 * HANG_UP_WITHIN)
    for command in ("AT+CHUP", "ATH"):
        try:
            port.command(command, HANG_UP_WITHIN)
        except (ModemRefused, ModemSilent, CallEnded, serial.SerialException):
            continue
        return
