"""The message about coming vacancies, in its reader's language."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from facility.domain.asset import Site
from facility.domain.text import Language, Message
from facility.locale import moment, text


def gap_lines(site: Site, message: Message, language: Language) -> list[str]:
    """A head, a line for each gap, and what to do."""
    gaps = message.params["gaps"]
    assert isinstance(gaps, Iterable)
    return [
        text("notices.head.duty_gaps", language, number=message.params["number"]),
        *(_gap(site, gap, language) for gap in gaps),
        text("notices.do.duty_gaps", language),
    ]


def _gap(site: Site, gap: Mapping[str, str], language: Language) -> str:
    position = site.positions.get(gap["position"])
    begin, until = (
        moment(datetime.fromisoformat(gap[key]), language, site.zone) if gap[key] else "" for key in ("begin", "until")
    )
    given = {"position": position.title if position else gap["position"], "begin": begin}
    levels = "/".join(str(level) for level in gap["levels"])
    if not until:
        return text("notices.line.duty_gap_open", language, levels=levels, **given)
    return text("notices.line.duty_gap", language, until=until, levels=levels, **given)
