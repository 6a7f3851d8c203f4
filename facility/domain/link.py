"""Signed links in messages: who may do what with which alert or order, until when. Shown on GET, acted on by POST."""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime

from facility.domain.errors import LinkRefused


@dataclass(frozen=True, slots=True)
class PersonalLink:
    """What a link stands for: `subject` is "alert" or "order", `id` its number, `person` who got it."""

    subject: str
    id: int
    person: int
    expires: datetime


def seal(link: PersonalLink, secret: bytes) -> str:
    """The link as an URL-safe token."""
    payload = f"{link.subject}:{link.id}:{link.person}:{int(link.expires.timestamp())}".encode()
    return _text(payload) + "." + _text(_mac(payload, secret))


def unseal(token: str, secret: bytes, now: datetime) -> PersonalLink:
    """The link behind a token; LinkRefused when damaged, forged or expired."""
    try:
        payload, mac = (urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in token.split("."))
        subject, number, person, expires = payload.decode("ascii").split(":")
        link = PersonalLink(subject, int(number), int(person), datetime.fromtimestamp(int(expires), UTC))
    except (ValueError, OverflowError, OSError):
        raise LinkRefused("damaged") from None
    if not hmac.compare_digest(mac, _mac(payload, secret)):
        raise LinkRefused("forged")
    if now >= link.expires:
        raise LinkRefused("expired")
    return link


def _mac(payload: bytes, secret: bytes) -> bytes:
    return hmac.new(secret, payload, hashlib.sha256).digest()[:18]


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
