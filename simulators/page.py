"""The simulators' page: messages as phones show them, scenarios to start, active faults. In zh-CN and en."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from facility.domain.text import Language, Title
from facility.locale import duration, text
from simulators.answers import ADDRESS
from simulators.estate import Estate
from simulators.faults import KINDS as FAULTS
from simulators.robot import MENTION, Message, Robot

TEMPLATES = Path(str(files("simulators"))) / "templates"
SHOWN = 60  # messages on the page
LINK = re.compile(r"\[([^\]]+)\]\((https?://[^\s)]+)\)|(" + ADDRESS.pattern + r")", ADDRESS.flags)
FONT = re.compile(r"</?font[^>]*>")
BOLD = re.compile(r"\*\*(.+?)\*\*")
HEADING = re.compile(r"^#+\s*(.*)$", re.MULTILINE)
LEVEL = re.compile(r"(一|二|三)级|Level ([123])")
LEVELS = {"一": 1, "二": 2, "三": 3}


@dataclass(frozen=True, slots=True)
class Card:
    """One message as the page shows it."""

    number: int
    clock: str
    channel: str
    kind: str
    to: str
    level: int
    body: Markup
    link: str


class Page:
    """Renders the page and its live part."""

    def __init__(self, estate: Estate, robot: Robot) -> None:
        self._estate = estate
        self._robot = robot
        self._templates = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def whole(self, language: Language) -> str:
        """The page."""
        return self._templates.get_template("page.html").render(
            **self._facts(language), live=Markup(self.live(language))
        )

    def live(self, language: Language) -> str:
        """The part that changes."""
        return self._templates.get_template("live.html").render(**self._facts(language))

    def _facts(self, language: Language) -> Mapping[str, object]:
        def say(id: str, **params: object) -> str:
            return text(f"simulators.{id}", language, **params)

        def titled(title: Title) -> str:
            return title.in_language(language)

        def lasting(seconds: float) -> str:
            return duration(timedelta(seconds=seconds), language)

        stage, plant = self._estate.stage, self._estate.plant
        minutes = int(plant.hour * 60)
        return {
            "say": say,
            "titled": titled,
            "lasting": lasting,
            "language": language.value,
            "site": titled(self._estate.site.title),
            "clock": f"{minutes // 60:02d}:{minutes % 60:02d}",
            "factor": f"{self._estate.factor:g}",
            "cards": [self._card(message, language) for message in self._robot.messages()[-SHOWN:][::-1]],
            "scenarios": list(stage.scenarios.values()),
            "performance": stage.performance,
            "elapsed": stage.performance.elapsed(plant.time) if stage.performance else 0.0,
            "faults": self._estate.faults.all(),
            "now": plant.time,
            "dropped": self._estate.dropped,
            "targets": [*self._estate.site.links, *(id for id, a in self._estate.site.assets.items() if not a.retired)],
            "kinds": FAULTS,
            "parameters": list(dict.fromkeys(name for names in FAULTS.values() for name in names)),
            "modes": self._robot.modes,
            "titles": {spec.id: titled(spec.title) for spec in self._robot.specs},
        }

    def _card(self, message: Message, language: Language) -> Card:
        titles = {spec.id: spec.title.in_language(language) for spec in self._robot.specs}
        local = message.at.astimezone(self._estate.site.zone)
        return Card(
            number=message.number,
            clock=f"{local:%H:%M:%S}",
            channel=message.channel,
            kind=titles.get(message.channel, message.channel),
            to=message.to,
            level=level_of(message.text),
            body=as_html(message.text),
            link="" if message.link in message.text else message.link,
        )


def level_of(message: str) -> int:
    """The level that a message's first line names; 0 when it names none."""
    match = LEVEL.search(message.split("\n", 1)[0])
    if match is None:
        return 0
    return LEVELS[match[1]] if match[1] else int(match[2])


def as_html(message: str) -> Markup:
    """A message's markdown as WeCom shows it: links, bold, headings, mentions; everything else as it stands."""
    plain = HEADING.sub(r"**\1**", MENTION.sub(r"**@\1**", FONT.sub("", message)))
    parts, end = [], 0
    for match in LINK.finditer(plain):
        address = match[2] or match[3]
        parts += [str(escape(plain[end : match.start()])), _anchor(address, match[1] or address)]
        end = match.end()
    safe = "".join(parts) + str(escape(plain[end:]))
    return Markup(BOLD.sub(r"<b>\1</b>", safe).replace("\n", "<br>"))


def _anchor(address: str, label: str) -> str:
    return str(Markup('<a href="{}" target="_blank" rel="noopener">{}</a>').format(address, label))
