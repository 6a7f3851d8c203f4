"""A mail server that delivers nothing: letters to the channels of kind `email` are shown beside the phones' messages."""

import asyncio
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from facility.domain.notice import ChannelSpec
from simulators.answers import Letter, Mode, first_address
from simulators.robot import Robot

REPLIES = {
    Mode.ACCEPT: "250 OK",
    Mode.REFUSE: "550 Mail content denied",
    Mode.RATE_LIMIT: "550 Domain frequency limited",
    Mode.ERROR500: "451 Internal error",
    Mode.EMPTY: "451 ",
}
LONGEST_HANG = 60.0  # s


class MailServer:
    """Listens until `close`. The mode of the channel decides what a letter meets."""

    def __init__(self, spec: ChannelSpec, robot: Robot) -> None:
        self._spec, self._robot = spec, robot
        self._server: asyncio.Server | None = None
        self._sessions: list[SMTP] = []

    async def start(self, host: str, port: int) -> None:
        """Listen; OSError."""
        self._server = await asyncio.get_running_loop().create_server(self._session, host, port)

    async def close(self) -> None:
        """Take no more letters, and hang up on everybody."""
        if self._server is not None:
            self._server.close()
        for session in self._sessions:
            if session.transport is not None:
                session.transport.close()
        await asyncio.sleep(0)  # the loop lets go of the connections

    def _session(self) -> SMTP:
        self._sessions = [session for session in self._sessions if session.transport is not None]
        self._sessions.append(SMTP(self, loop=asyncio.get_running_loop()))
        return self._sessions[-1]

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Called by aiosmtpd with a whole letter."""
        mode = self._robot.take_letter(self._spec.id, letter_of(envelope), "250 OK")
        if mode in (Mode.HANG, Mode.UNREACHABLE):
            await asyncio.sleep(LONGEST_HANG)
        if mode not in REPLIES and server.transport is not None:
            server.transport.close()
        return REPLIES.get(mode, "421 closing")


def letter_of(envelope: Envelope) -> Letter:
    """Who gets it, subject and text, the Message-ID as its key."""
    content: Any = envelope.content or b""
    letter = message_from_bytes(content if isinstance(content, bytes) else content.encode(), policy=default)
    assert isinstance(letter, EmailMessage)
    body = letter.get_body(("plain",))
    text = body.get_content().strip() if body is not None else ""
    return Letter(", ".join(envelope.rcpt_tos), text, first_address(text), str(letter["Message-ID"] or ""))
