"""E-mail by SMTP: STARTTLS or TLS, the same Message-ID over retries; accepted is 250 after the last dot."""

import hashlib
import smtplib
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP as SMTP_LINES
from email.utils import format_datetime
from urllib.parse import urlsplit

from facility.domain.notice import Answer, ChannelSpec, Verdict
from facility.ports import Outgoing
from scheduler.channels.exchange import NOT_REACHED, address, masked, secret_text, unreadable

PORTS = {"tls": 465, "starttls": 587, "none": 25}
BRIEFLY = ("frequency limit", "frequency limited", "try again later", "too many")  # a 550 of QQ that is temporary
REST = timedelta(seconds=60)


class Email:
    """Port Channel. The password is read at each sending, so that it can be replaced while the program runs."""

    def __init__(self, spec: ChannelSpec, now: Callable[[], datetime]) -> None:
        self._spec, self._now = spec, now

    def send(self, outgoing: Outgoing) -> Answer:
        """Send on a connection of its own."""
        if "@" not in outgoing.to:
            return Answer(
                Verdict.REFUSED, "no_address", "the person has no mail address on this channel", personal=True
            )
        try:
            url, password = address(self._spec), secret_text(self._spec)
            letter = message(outgoing, self._spec.text("from"), self._now())
        except OSError as error:
            return unreadable(error)
        except ValueError:
            return Answer(
                Verdict.REFUSED, "no_address", "the mail address cannot be written into a letter", personal=True
            )
        return masked(self._deliver(url, password, letter, outgoing.to), password)

    def _deliver(self, url: str, password: str, letter: EmailMessage, to: str) -> Answer:
        end = time.monotonic() + self._spec.timeout.total_seconds()
        try:
            server = self._connected(url)
        except smtplib.SMTPResponseException as error:
            return _refusal(error.smtp_code, error.smtp_error, "the server does not take us")
        except ssl.SSLError as error:
            return Answer(Verdict.REFUSED, "certificate", error.reason or "the server's certificate is not trusted")
        except (smtplib.SMTPException, OSError) as error:
            return Answer(Verdict.TRY_LATER, type(error).__name__, NOT_REACHED)
        except ValueError:
            return Answer(Verdict.REFUSED, "address", "the channel's address cannot be used")
        try:
            return self._hand_over(server, password, letter, to, end)
        finally:
            with suppress(smtplib.SMTPException, OSError):
                server.quit()
            server.close()

    def _connected(self, url: str) -> smtplib.SMTP:
        parts, timeout = urlsplit(url), self._spec.timeout.total_seconds()
        security = self._security(parts.scheme)
        host, port = parts.hostname or "", parts.port or PORTS[security]
        if security == "tls":
            return smtplib.SMTP_SSL(host, port, timeout=timeout, context=self._trust())
        return smtplib.SMTP(host, port, timeout=timeout)

    def _hand_over(self, server: smtplib.SMTP, password: str, letter: EmailMessage, to: str, end: float) -> Answer:
        """Until the last dot nothing has arrived; from then on silence is unknown."""
        try:
            refused = self._prepared(server, password, letter["From"], to, end)
        except smtplib.SMTPNotSupportedError:
            return Answer(Verdict.REFUSED, "no_encryption", "the server offers no STARTTLS or no sign-in")
        except ssl.SSLError as error:
            return Answer(Verdict.REFUSED, "certificate", error.reason or "the server's certificate is not trusted")
        except smtplib.SMTPResponseException as error:
            return _refusal(error.smtp_code, error.smtp_error, "refused")
        except (smtplib.SMTPException, OSError) as error:
            return Answer(Verdict.TRY_LATER, type(error).__name__, "the connection broke before the letter was sent")
        if refused is not None:
            return refused
        try:
            _allow_until(server, end)
        except TimeoutError as error:
            return Answer(Verdict.TRY_LATER, type(error).__name__, "the server was too slow, nothing was sent")
        try:
            code, words = server.data(letter.as_bytes(policy=SMTP_LINES))
        except smtplib.SMTPDataError as error:
            return _refusal(error.smtp_code, error.smtp_error, "DATA was refused")
        except (smtplib.SMTPException, OSError) as error:
            return Answer(Verdict.UNKNOWN, type(error).__name__, "no answer after the letter")
        return Answer(Verdict.ACCEPTED, str(code), _words(words)) if code == 250 else _refusal(code, words, "refused")

    def _prepared(self, server: smtplib.SMTP, password: str, sender: str, to: str, end: float) -> Answer | None:
        """Greeting, encryption, sign-in, sender, recipient; the refusal, if any."""
        _allow_until(server, end)
        server.ehlo_or_helo_if_needed()
        if self._security(urlsplit(address(self._spec)).scheme) == "starttls":
            server.starttls(context=self._trust())
            _allow_until(server, end)
            server.ehlo()
        if username := self._spec.text("username"):
            server.login(username, password)
        _allow_until(server, end)
        code, words = server.mail(sender)
        if code != 250:
            return _refusal(code, words, "the sender is refused")
        _allow_until(server, end)
        code, words = server.rcpt(to)
        refused = _refusal(code, words, "the recipient is refused")
        return None if code in (250, 251) else replace(refused, personal=refused.verdict is Verdict.REFUSED)

    def _security(self, scheme: str) -> str:
        return self._spec.text("security") or ("tls" if scheme == "smtps" else "starttls")

    def _trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self._spec.text("ca_file") or None)


def _allow_until(server: smtplib.SMTP, end: float) -> None:
    """The next step may take what is left of the channel's time; TimeoutError."""
    left = end - time.monotonic()
    if left <= 0:
        raise TimeoutError
    if server.sock is not None:
        server.sock.settimeout(left)


def message(outgoing: Outgoing, sender: str, now: datetime) -> EmailMessage:
    """The letter. Its Message-ID stays the same in retries: mail programs show such letters once. ValueError."""
    letter = EmailMessage()
    letter["From"], letter["To"] = sender, outgoing.to
    letter["Subject"] = " ".join(outgoing.title.split())
    letter["Date"] = format_datetime(now)
    domain = sender.rpartition("@")[2]
    letter["Message-ID"] = f"<{hashlib.sha256(outgoing.key.encode()).hexdigest()[:40]}@{domain}>"
    letter["Auto-Submitted"] = "auto-generated"  # absent people's programs do not answer
    if outgoing.level == 1:
        letter["Importance"], letter["X-Priority"] = "high", "1"
    letter.set_content("\n".join([outgoing.text, *([outgoing.link] if outgoing.link else [])]) + "\n")
    return letter


def _refusal(code: int, said: bytes | str, otherwise: str) -> Answer:
    """4yz later, 5yz for good; a 550 that speaks of frequency is a temporary one."""
    words = _words(said) or otherwise
    if any(word in words.lower() for word in BRIEFLY) and code != 535:
        return Answer(Verdict.TRY_LATER, str(code), words, REST)
    if 400 <= code < 500:
        return Answer(Verdict.TRY_LATER, str(code), words)
    return Answer(Verdict.REFUSED, str(code), words)


def _words(said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return " ".join(text.split())[:200]
