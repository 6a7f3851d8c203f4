"""Sealed call-backs of chat vendors: SHA-1 over token, time, nonce and ciphertext, and AES-256-CBC inside.

Format: the message encryption of WeCom (企业微信 加解密方案). Plaintext: 16 random bytes, length (4 bytes, big end first), message,
receiver; padded to 32 bytes.
"""

import hashlib
import hmac
import secrets
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from facility.domain.errors import Refusal

TOLERANCE = timedelta(minutes=5)
BLOCK = 32
HEAD = 20  # random bytes and length


class SealBroken(Refusal):
    """The call-back is not from the vendor, not for us, or not of now; the words say which, for the log alone."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """What is sent: the ciphertext, and what vouches for it."""

    signature: str
    timestamp: str  # seconds since 1970
    nonce: str
    ciphertext: str


@dataclass(frozen=True, slots=True)
class Seal:
    """The credentials of one app's call-back. `receiver`: the company's id."""

    token: str
    key: bytes
    receiver: str

    @classmethod
    def of(cls, token: str, encoding_key: str, receiver: str) -> "Seal":
        """From the 43 letters of the vendor's EncodingAESKey; ValueError."""
        key = b64decode(encoding_key + "=", validate=True)
        if len(key) != 32:
            raise ValueError("an EncodingAESKey has 43 letters")
        return cls(token, key, receiver)

    def open(self, sealed: Sealed, now: datetime) -> bytes:
        """The message; SealBroken."""
        if not hmac.compare_digest(self._signature(sealed).encode(), sealed.signature.encode()):
            raise SealBroken("the signature does not fit: compare the token with the vendor's console")
        if not (sealed.timestamp.isascii() and sealed.timestamp.isdigit() and len(sealed.timestamp) < 12):
            raise SealBroken("its time cannot be read")
        if abs(now.timestamp() - int(sealed.timestamp)) > TOLERANCE.total_seconds():
            raise SealBroken("it is older or newer than five minutes: an old one sent again, or a clock is wrong")
        return self._inside(sealed.ciphertext)

    def close(self, message: bytes, now: datetime) -> Sealed:
        """Seal an answer."""
        plain = secrets.token_bytes(16) + len(message).to_bytes(4, "big") + message + self.receiver.encode()
        padding = BLOCK - len(plain) % BLOCK
        encryptor = self._cipher().encryptor()
        ciphertext = encryptor.update(plain + bytes([padding]) * padding) + encryptor.finalize()
        sealed = Sealed("", str(int(now.timestamp())), secrets.token_hex(8), b64encode(ciphertext).decode())
        return Sealed(self._signature(sealed), sealed.timestamp, sealed.nonce, sealed.ciphertext)

    def _inside(self, ciphertext: str) -> bytes:
        try:
            raw = b64decode(ciphertext, validate=True)
            decryptor = self._cipher().decryptor()
            plain = decryptor.update(raw) + decryptor.finalize()
        except ValueError:
            raise SealBroken("the ciphertext is damaged") from None
        padding = plain[-1] if plain else 0
        length = int.from_bytes(plain[16:HEAD], "big")
        body = plain[HEAD : HEAD + length]
        if not 1 <= padding <= BLOCK or len(body) != length or len(plain) < HEAD + length + padding:
            raise SealBroken("it cannot be decrypted: compare the EncodingAESKey with the vendor's console")
        if plain[HEAD + length : -padding] != self.receiver.encode():
            raise SealBroken("it is for another company: compare corp_id")
        return body

    def _signature(self, sealed: Sealed) -> str:
        parts = sorted((self.token, sealed.timestamp, sealed.nonce, sealed.ciphertext))
        return hashlib.sha1("".join(parts).encode(), usedforsecurity=False).hexdigest()  # the vendor's choice

    def _cipher(self) -> Cipher[modes.CBC]:
        return Cipher(algorithms.AES(self.key), modes.CBC(self.key[:16]))
