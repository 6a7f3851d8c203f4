"""Texts in zh-CN and en: YAML catalogues beside this file, one per topic; ids are `<file>.<key>[.<key>…]`.

Templates use `{name}` parameters; `{name:link|links}` is a number with its noun, "1 link" or "2 links". A test holds the two
languages to the same ids and parameters.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

import yaml

from facility.domain.text import Language, Message, Title

_FOLDERS = {Language.ZH_CN: "zh_CN", Language.EN: "en"}


class _Counting(Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        one, bar, many = format_spec.partition("|")
        if not bar:
            return str(super().format_field(value, format_spec))
        return f"{value} {one if str(value) == '1' else many}"


_COUNTING = _Counting()


@cache
def catalogue(language: Language) -> Mapping[str, str]:
    """All texts of a language, by id."""
    texts: dict[str, str] = {}
    for path in sorted((Path(__file__).parent / _FOLDERS[language]).glob("*.yaml")):
        _flatten(path.stem, yaml.safe_load(path.read_text(encoding="utf-8")), texts)
    return texts


def text(id: str, language: Language, **params: object) -> str:
    """The text of `id`; parameters that are Titles are given in the reader's language."""
    shown = {key: value.in_language(language) if isinstance(value, Title) else value for key, value in params.items()}
    template = catalogue(language)[id]
    return _COUNTING.vformat(template, (), shown) if "|" in template else template.format(**shown)


def alert_kinds() -> frozenset[str]:
    """All kinds of alert that there are words for."""
    return frozenset(id.split(".")[1] for id in catalogue(Language.EN) if id.startswith("alerts."))


def render(message: Message, language: Language) -> str:
    """A message in the reader's language."""
    return text(message.id, language, **message.params)


def moment(at: datetime, language: Language, zone: tzinfo, *, seconds: bool = False) -> str:
    """A time in running text, in the site's zone: 2026年11月23日 14:05 / 23 Nov 2026, 14:05."""
    local = at.astimezone(zone)
    clock = f"{local:%H:%M:%S}" if seconds else f"{local:%H:%M}"
    if language is Language.ZH_CN:
        return f"{local.year}年{local.month}月{local.day}日 {clock}"
    return f"{local.day} {text(f'words.month_{local.month}', language)} {local.year}, {clock}"


def duration(length: timedelta, language: Language) -> str:
    """A length of time, two units at most: 3分20秒 / 3 min 20 s."""
    seconds = max(0, round(length.total_seconds()))
    days, hours, minutes = seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60
    if days:
        return text("words.days_hours" if hours else "words.days", language, days=days, hours=hours)
    if hours:
        return text("words.hours_minutes" if minutes else "words.hours", language, hours=hours, minutes=minutes)
    if minutes:
        return text(
            "words.minutes_seconds" if seconds % 60 else "words.minutes",
            language,
            minutes=minutes,
            seconds=seconds % 60,
        )
    return text("words.seconds", language, seconds=seconds)


def _flatten(prefix: str, node: object, texts: dict[str, str]) -> None:
    if isinstance(node, dict):
        for key, value in node.items():
            _flatten(f"{prefix}.{key}", value, texts)
    else:
        texts[prefix] = str(node).rstrip("\n")
