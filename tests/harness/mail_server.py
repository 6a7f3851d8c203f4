"""A scripted mail server (aiosmtpd): answers each step as told, remembers the letters."""

import asyncio
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ssl import SSLContext
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.harness.ports import free_port


class MailServer:
    """Use as a context manager. `answers`: step (mail, rcpt, data) → what the server says; "hang", "close" misbehave.

    `implicit`: TLS from the first byte; `tls`: offered by STARTTLS and then required. `password`: sign-in is required.
    """

    def __init__(
        self,
        answers: dict[str, str] | None = None,
        *,
        tls: SSLContext | None = None,
        implicit: bool = False,
        password: str = "",
    ) -> None:
        self.answers = dict(answers or {})
        self.letters: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.port = free_port()
        self._password = password
        options: dict[str, Any] = {"auth_require_tls": False}
        if password:
            options |= {"authenticator": self._authenticate, "auth_required": True}
        if tls is not None and not implicit:
            options |= {"tls_context": tls, "require_starttls": True}
        self._controller = Controller(
            self, hostname="127.0.0.1", port=self.port, ssl_context=tls if implicit else None, **options
        )

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        envelope.mail_from = address
        return await self._said("mail", server)

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        said = await self._said("rcpt", server)
        if said.startswith("250"):
            envelope.rcpt_tos.append(address)
        return said

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        said = await self._said("data", server)
        content = envelope.content
        assert isinstance(content, bytes)
        letter = message_from_bytes(content, policy=default)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        self.recipients += envelope.rcpt_tos
        return said

    async def _said(self, step: str, server: SMTP) -> str:
        said = self.answers.get(step, "250 OK")
        if said == "hang":
            await asyncio.sleep(60)  # cancelled at the end
        if said == "close":
            assert server.transport is not None
            server.transport.close()
            return "421 bye"
        return said

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        if data.password == self._password.encode():
            return AuthResult(success=True)
        return AuthResult(success=False, handled=False, message="535 Login fail. Authorization code needed")

    def __enter__(self) -> "MailServer":
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()
