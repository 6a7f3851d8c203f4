"""Texts in two languages, and messages that are rendered where they are read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Language(StrEnum):
    """Languages of the pages, messages and boards."""

    ZH_CN = "zh-CN"
    EN = "en"


@dataclass(frozen=True, slots=True)
class Title:
    """A name given in data (site file, profile, plan) in both languages."""

    en: str
    zh: str

    def in_language(self, language: Language) -> str:
        """The name as a reader of `language` sees it."""
        return self.zh if language is Language.ZH_CN else self.en


@dataclass(frozen=True, slots=True)
class Message:
    """A text by its id in the locale catalogue, with parameters; rendered in the reader's language."""

    id: str
    params: Mapping[str, object] = field(default_factory=dict)
