"""Signatures of Standard Webhooks as a receiver checks them: written apart from the sender's, so that each proves the other."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta

from facility.domain.notice import ChannelSpec

TOLERANCE = timedelta(minutes=5)


def signed(secret: bytes, headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
    """The request carries a valid signature of this secret, not older or newer than five minutes."""
    id, sent, signatures = (headers.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
    if (
        not id
        or not sent.isascii()
        or not sent.isdigit()
        or abs(now.timestamp() - int(sent)) > TOLERANCE.total_seconds()
    ):
        return False
    digest = hmac.new(secret, f"{id}.{sent}.".encode() + body, hashlib.sha256).digest()
    wanted = b"v1," + base64.b64encode(digest)
    return any(hmac.compare_digest(wanted, given.encode()) for given in signatures.split())


def secret_of(spec: ChannelSpec) -> bytes:
    """The key inside a channel's secret file: base64 after whsec_, or the bytes as they are."""
    try:
        text = spec.secret_file.read_text(encoding="utf-8").strip() if spec.secret_file else ""
    except OSError:
        text = ""
    if not text:
        return hashlib.sha256(f"no secret: {spec.id}".encode()).digest()  # fits no signature that anybody makes
    try:
        return base64.b64decode(text.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        return text.encode()
