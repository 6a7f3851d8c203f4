"""Which language a page is in: `?lang=`, else the cookie it left, else what the browser asks for, else the site's."""

from collections.abc import Mapping

from fastapi import Request

from facility.domain.text import Language

COOKIE = "lang"


def named(text: str | None) -> Language | None:
    """The language that a tag such as zh, zh-CN or en-GB means; None for others."""
    primary = (text or "").strip().lower().replace("_", "-").split("-")[0]
    return {"zh": Language.ZH_CN, "en": Language.EN}.get(primary)


def language_of(request: Request, default: Language) -> Language:
    """The reader's language; `default` is the site's, or the person's behind a personal link."""
    return chosen(request) or default_of(request.headers, default)


def chosen(request: Request) -> Language | None:
    """The language that the reader chose here, now or earlier."""
    return named(request.query_params.get("lang")) or named(request.cookies.get(COOKIE))


def default_of(headers: Mapping[str, str], default: Language) -> Language:
    """The first language of Accept-Language that we have, by its weight."""
    wanted: list[tuple[float, int, Language]] = []
    for place, part in enumerate(headers.get("accept-language", "")[:500].split(",")):
        tag, _, weight = part.partition(";q=")
        language = named(tag)
        if language is not None:
            wanted.append((-_weight(weight), place, language))
    return min(wanted)[2] if wanted else default


def _weight(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0
