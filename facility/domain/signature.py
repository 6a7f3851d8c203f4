"""Signatures of Standard Webhooks 1.0.0: HMAC-SHA256 over `id.timestamp.body`, for what we send and what is sent to us."""

import hashlib
import hmac
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import datetime, timedelta

PREFIX = "whsec_"
TOLERANCE = timedelta(minutes=5)


def secret_key(text: str) -> bytes:
    """The key behind `whsec_…`; ValueError."""
    return b64decode(text.strip().removeprefix(PREFIX), validate=True)


def sign(key: bytes, id: str, timestamp: int, body: bytes) -> str:
    """The signature header; `timestamp` in seconds."""
    mac = hmac.new(key, f"{id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{b64encode(mac).decode()}"


def headers_of(key: bytes, id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers of a signed message."""
    return {
        "webhook-id": id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(key, id, timestamp, body),
    }


def is_genuine(key: bytes, headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
    """One of the signatures fits, and the message is not older or newer than five minutes. `headers` by lower-case name."""
    id, sent = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not id or not (sent.isascii() and sent.isdigit() and len(sent) < 12):
        return False
    if abs(now.timestamp() - int(sent)) > TOLERANCE.total_seconds():
        return False
    wanted = sign(key, id, int(sent), body).encode()
    return any(hmac.compare_digest(wanted, given.encode()) for given in headers.get("webhook-signature", "").split())
