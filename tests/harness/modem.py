"""A scripted GSM modem at one end of a pseudo-terminal pair: answers AT commands as told, remembers what it sent and dialled."""

import os
import pty
import select
import threading
import tty
from collections.abc import Callable
from dataclasses import dataclass, field

CTRL_Z, ESC = b"\x1a", b"\x1b"


@dataclass
class Script:
    """What the modem says. Lists are taken in turn; their last item stays."""

    pin: list[str] = field(default_factory=lambda: ["+CPIN: READY\r\nOK"])
    creg: list[str] = field(default_factory=lambda: ["+CREG: 0,1\r\nOK"])
    cereg: list[str] = field(default_factory=lambda: ["+CEREG: 0,0\r\nOK"])
    prompt: list[str] = field(default_factory=lambda: ["\r\n> "])
    sent: list[str] = field(default_factory=lambda: ["+CMGS: 12\r\n\r\nOK"])
    delete: list[str] = field(default_factory=lambda: ["OK"])
    dial: list[str] = field(default_factory=lambda: ["OK"])
    calls: list[str] = field(default_factory=lambda: ["OK"])
    garbage: str = ""  # in front of every answer
    deaf: int = 0  # lines that are not answered at first


class Modem:
    """Use as a context manager; `device` is what the program opens."""

    def __init__(self, script: Script | None = None) -> None:
        self.script = script or Script()
        self.commands: list[str] = []
        self.messages: list[str] = []
        self._main, self._other = pty.openpty()
        tty.setraw(self._other)
        self.device = os.ttyname(self._other)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._waiting = ""  # the command whose prompt is open

    def __enter__(self) -> "Modem":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        os.close(self._main)
        os.close(self._other)

    def say(self, text: str) -> None:
        """Lines that nobody asked for."""
        os.write(self._main, f"\r\n{text}\r\n".encode())

    def _run(self) -> None:
        unread = b""
        while not self._over.is_set():
            if not select.select([self._main], [], [], 0.02)[0]:
                continue
            unread += os.read(self._main, 4096)
            unread = self._take(unread)

    def _take(self, unread: bytes) -> bytes:
        while True:
            if self._waiting:
                if ESC in unread:
                    self._waiting = ""
                    unread = unread.partition(ESC)[2]
                    self.say("OK")
                    continue
                content, found, rest = unread.partition(CTRL_Z)
                if not found:
                    return unread
                self._waiting, unread = "", rest
                self.messages.append(content.decode())
                self._answer(_next(self.script.sent))
                continue
            line, found, rest = unread.partition(b"\r")
            if not found:
                return unread
            unread = rest
            self._obey(line.replace(ESC, b"").decode("ascii", "replace").strip())

    def _obey(self, command: str) -> None:
        if not command:
            return
        if self.script.deaf:
            self.script.deaf -= 1
            return
        self.commands.append(command)
        for start, answer in self._answers().items():
            if command.startswith(start):
                self._answer(answer())
                return
        if command.startswith("AT+CMGS="):
            self._open_prompt(command)
            return
        self._answer("OK" if command.startswith("AT") else "ERROR")

    def _answers(self) -> dict[str, Callable[[], str]]:
        script = self.script
        return {
            "AT+CPIN?": lambda: _next(script.pin),
            "AT+CREG?": lambda: _next(script.creg),
            "AT+CEREG?": lambda: _next(script.cereg),
            "AT+CMGD=": lambda: _next(script.delete),
            "AT+CLCC": lambda: _next(script.calls),
            "ATD": lambda: _next(script.dial),
        }

    def _open_prompt(self, command: str) -> None:
        prompt = _next(self.script.prompt)
        if prompt.endswith("> "):
            self._waiting = command
            late = (
                threading.Timer(float(prompt.split()[0]), os.write, (self._main, b"\r\n> "))
                if prompt[0].isdigit()
                else None
            )
            if late is not None:
                late.start()
                return
            os.write(self._main, prompt.encode())
        elif prompt:
            self._answer(prompt)

    def _answer(self, text: str) -> None:
        if text:
            os.write(self._main, f"{self.script.garbage}\r\n{text}\r\n".encode())


def _next(answers: list[str]) -> str:
    return answers.pop(0) if len(answers) > 1 else answers[0]
