"""Masks what may name a person in an MQTT message before it is written down: card numbers, plates, names.

Kept is what the profile reads as a number, a switch or one of its words, with its times and its sequence number. A text gets a
pseudonym, the same within one recording, so that two swipes of one card still look alike; what the profile does not know is blotted out.
"""

import json
import re
import secrets
from collections.abc import Iterable
from hashlib import blake2b

from collectors.payload import Path, compile_path
from facility.domain.asset import Asset
from facility.domain.mqtt import Format
from facility.domain.profile import JsonField

_SIGN = re.compile(r"[^\W_]", re.UNICODE)
_UNKNOWN_TEXT, _UNKNOWN_NUMBER = "*", 0


class Mask:
    """Of the messages of one link. Its key dies with the process: no pseudonym can be traced back by trying all cards."""

    def __init__(self, assets: Iterable[Asset]) -> None:
        self._key = secrets.token_bytes(16)
        self._topics: dict[str, _Known] = {}
        for asset in assets:
            self._learn(asset)

    def masked(self, topic: str, payload: bytes) -> bytes | None:
        """The payload that may be written down; None: nothing of it (Sparkplug, or a topic that no profile knows)."""
        known = self._topics.get(topic)
        if known is None or known.format is Format.SPARKPLUG:
            return None
        try:
            text = payload.decode("utf-8")
        except UnicodeDecodeError:
            return b"\xff" * len(payload)  # still no UTF-8
        if known.format is Format.PLAIN or () in known.texts | known.kept:
            return self._pseudonym(text).encode() if () in known.texts else payload
        try:
            document = json.loads(text)
        except (ValueError, RecursionError):
            return _SIGN.sub("x", text).encode()  # still no JSON
        return json.dumps(self._cleaned(document, (), known), ensure_ascii=False).encode()

    def _learn(self, asset: Asset) -> None:
        profile = asset.profile
        for name, template in profile.topics.items():
            stream = profile.stream(name)
            known = self._topics.setdefault(asset.topic(template), _Known(stream.format))
            if stream.sequence:
                known.kept.add(compile_path(stream.sequence))
            for point in profile.points.values():
                if isinstance(point.read, JsonField) and point.read.topic == name:
                    known.learn(point.read)
        if profile.availability is not None:
            where = asset.topic(profile.availability.topic)
            self._topics.setdefault(where, _Known(Format.PLAIN)).kept.add(())

    def _cleaned(self, part: object, path: Path, known: "_Known") -> object:
        if path in known.texts:
            return self._pseudonym(str(part)) if isinstance(part, str | int | float) else _UNKNOWN_TEXT
        if isinstance(part, dict):
            return {key: self._cleaned(inner, (*path, key), known) for key, inner in part.items()}
        if isinstance(part, list):
            return [self._cleaned(inner, (*path, place), known) for place, inner in enumerate(part)]
        if path in known.kept or part is None or isinstance(part, bool):
            return part
        return _UNKNOWN_TEXT if isinstance(part, str) else _UNKNOWN_NUMBER

    def _pseudonym(self, text: str) -> str:
        return "x" + blake2b(text.encode(), digest_size=4, key=self._key).hexdigest()


class _Known:
    """What the profile reads on a topic: paths that are kept, and paths of texts."""

    def __init__(self, format: Format) -> None:
        self.format = format
        self.kept: set[Path] = set()
        self.texts: set[Path] = set()

    def learn(self, field: JsonField) -> None:
        """One more point."""
        if field.metric:
            return
        (self.texts if field.type == "text" else self.kept).add(compile_path(field.path))
        if field.time_path:
            self.kept.add(compile_path(field.time_path))
