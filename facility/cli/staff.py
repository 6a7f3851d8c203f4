"""Simulated staff: people who read the messages on their phones, open the link and do what its page offers.

They know nothing but the messages: they use the same links, pages and forms as real people.
"""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import httpx

LINK = re.compile(r"https?://[^\s)\]>\"']+/(?:a|o)/[\w.\-]+")
ACTS = {
    "": "acknowledges the alert",
    "accept": "accepts the order",
    "finish": "has repaired it, checked it, and writes what was done",
    "pass_check": "checks the work as the second person; the order is closed",
}
NOTE = "Found the cause, mended it, tested it."


@dataclass(slots=True)
class Form:
    """A form of a page: where it goes, its fields as they stand, and which of them a person must fill in."""

    action: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    asks: dict[str, dict[str, str]] = field(default_factory=dict)  # text and number fields: name → attributes

    @property
    def step(self) -> str:
        """Which step of an order it takes; empty for the alert's acknowledgement."""
        return self.fields.get("step", [""])[0]


class FormReader(HTMLParser):
    """Collects the forms of a page that post."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._form: Form | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A form opens, or a field of the open form."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and given.get("method", "").lower() == "post":
            self._form = Form(given.get("action", ""))
            self.forms.append(self._form)
        elif self._form is not None and given.get("name") and "disabled" not in given:
            self._field(self._form, tag, given)

    def handle_endtag(self, tag: str) -> None:
        """The open form ends."""
        if tag == "form":
            self._form = None

    def _field(self, form: Form, tag: str, given: dict[str, str]) -> None:
        kind = given.get("type", "text")
        if tag == "textarea" or (tag == "input" and kind in ("text", "number", "search")):
            form.asks[given["name"]] = given
        elif tag in ("input", "button"):
            form.fields.setdefault(given["name"], []).append(given.get("value", "on"))


@dataclass(slots=True)
class Staff:
    """Everybody who got a message. `finished` once an order was opened and every order seen is closed."""

    _alerts: set[str] = field(default_factory=set)
    _orders: set[str] = field(default_factory=set)
    _done: int = 0  # orders that were finished, and of these checked
    _checked: int = 0

    @property
    def finished(self) -> bool:
        """Every order that was finished was checked, and no link is left to act on."""
        return 0 < self._done <= self._checked and not self._alerts and not self._orders

    def read(self, message: str) -> None:
        """Take in a message; its links are followed from now on."""
        for link in LINK.findall(message):
            (self._alerts if urlsplit(link).path.startswith("/a/") else self._orders).add(link)

    def act(self, *, repaired: bool) -> list[str]:
        """Act on each link as far as its page allows; nobody finishes work before it is `repaired`. What was done, in words."""
        acts = []
        for links in (self._alerts, self._orders):
            for link in sorted(links):
                try:
                    acts += self._follow(link, links, repaired=repaired)
                except httpx.TransportError:
                    links.discard(link)
                    acts.append(
                        f"opens {link}, and no page answers there: does the api run, and is public_url its address?"
                    )
        return acts

    def _follow(self, link: str, links: set[str], *, repaired: bool) -> list[str]:
        page = httpx.get(link, timeout=10, follow_redirects=True)
        if page.status_code != httpx.codes.OK:
            links.discard(link)
            return [f"opens {link}, and is told: {page.status_code}"]
        reader = FormReader()
        reader.feed(page.text)
        form = next((form for form in reader.forms if form.step in ACTS and (form.step or not form.action)), None)
        if form is None:
            links.discard(link)  # nothing to do for this person; a new message brings a new link
            return []
        if form.step == "finish" and not repaired:
            return []
        answer = httpx.post(urljoin(link, form.action) if form.action else link, data=filled(form), timeout=10)
        if answer.status_code != httpx.codes.SEE_OTHER:
            links.discard(link)
            return [f"tries to send the form of {link}, and is refused: {answer.status_code}"]
        self._done += form.step == "finish"
        self._checked += form.step == "pass_check"
        return [ACTS[form.step]]


def filled(form: Form) -> dict[str, list[str]]:
    """The form as a person sends it: a note, and for a measured value one from the middle of what is allowed."""
    answers = {}
    for name, given in form.asks.items():
        if given.get("type") == "number" or "inputmode" in given:
            low, high = float(given.get("data-low") or 0), given.get("data-high")
            answers[name] = [f"{(low + float(high)) / 2:g}" if high else f"{low + 1:g}"]
        else:
            answers[name] = [given.get("value") or NOTE]
    return {**form.fields, **answers}
