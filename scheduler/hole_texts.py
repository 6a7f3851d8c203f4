"""The message about coming vacancies, in its reader's language."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from facility.domain.asset import Site
from facility.domain.text import Language, Message
from facility.locale import moment, text


def hole_lines(site: Site, message: Message, language: Language) -> list[str]:
    """A head, a line for each hole, and what to do."""
    holes = message.params["holes"]
    assert isinstance(holes, Iterable)
    return [
        text("notices.head.duty_holes", language, number=message.params["number"]),
        *(_hole(site, hole, language) for hole in holes),
        text("notices.do.duty_holes", language),
    ]


def _hole(site: Site, hole: Mapping[str, str], language: Language) -> str:
    position = site.positions.get(hole["position"])
    begin, until = (
        moment(datetime.fromisoformat(hole[key]), language, site.zone) if hole[key] else ""
        for key in ("begin", "until")
    )
    given = {"position": position.title if position else hole["position"], "begin": begin}
    levels = "/".join(str(level) for level in hole["levels"])
    if not until:
        return text("notices.line.duty_hole_open", language, levels=levels, **given)
    return text("notices.line.duty_hole", language, until=until, levels=levels, **given)
