"""Call-backs of WeCom's cards: the vendor proves the address once, then tells of each pressed button; the answer changes the card."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, Response

from api.deps import Deps, Here
from api.forms import MOST_BYTES, body_of
from api.rights import public
from facility.callbacks import Seal, SealBroken, Sealed
from facility.domain.alert import Alert
from facility.domain.card import notice_of
from facility.domain.errors import NotFound, Refusal
from facility.domain.person import Person
from facility.flow.press import NotTheirs, press
from facility.locale import text

router = APIRouter(tags=["channels"])
log = logging.getLogger(__name__)

KIND, EVENT = "wecom_app", "template_card_event"
XML = "application/xml"


class CallbackRefused(Refusal):
    """A call-back that says nothing usable."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button that was pressed: on which card, by whom (the vendor's user id)."""

    task: str
    user: str


@router.get("/cards/{channel}", dependencies=[public()])
def prove_address(channel: str, request: Request, deps: Here) -> Response:
    """The vendor's test when the address is entered in its console: the opened `echostr`, 401 (signature)."""
    try:
        plain = _seal(deps, channel).open(_sealed(request, request.query_params.get("echostr", "")), deps.clock.now())
    except SealBroken as broken:
        return _refused(channel, broken)
    return PlainTextResponse(plain)


@router.post("/cards/{channel}", dependencies=[public()])
async def take_press(channel: str, request: Request, deps: Here) -> Response:
    """A pressed button acknowledges; the sealed answer puts the outcome on the card. 400, 401 (signature), 413."""
    body = await body_of(request)
    if body is None:
        return PlainTextResponse(f"more than {MOST_BYTES} bytes", 413)
    try:
        return await run_in_threadpool(_take, deps, channel, request, body)
    except SealBroken as broken:
        return _refused(channel, broken)
    except CallbackRefused as refused:
        return PlainTextResponse(str(refused), 400)


def fields_of(document: bytes) -> dict[str, str]:
    """The elements of a flat XML document; CallbackRefused. Nothing but elements and CDATA is read: no entities, no DTD."""
    if b"<!" in document.replace(b"<![CDATA[", b""):
        raise CallbackRefused("the XML has a document type; send elements alone")
    try:
        root = ElementTree.fromstring(document)
    except ElementTree.ParseError:
        raise CallbackRefused("the body is no XML") from None
    return {each.tag: each.text or "" for each in root}


def _take(deps: Deps, channel: str, request: Request, body: bytes) -> Response:
    seal, now = _seal(deps, channel), deps.clock.now()
    event = fields_of(seal.open(_sealed(request, fields_of(body).get("Encrypt", "")), now))
    if event.get("Event") != EVENT:
        return PlainTextResponse("")  # somebody opened the app, wrote to it, …: not ours
    pressed = Pressed(event.get("TaskId", ""), event.get("FromUserName", ""))
    words = _acknowledge(deps, channel, pressed)
    if not words:
        return PlainTextResponse("")
    update = _update(seal.receiver, pressed.user, words, int(now.timestamp()))
    return Response(_answer(seal.close(update, now)), media_type=XML)


def _acknowledge(deps: Deps, channel: str, pressed: Pressed) -> str:
    """What the button says afterwards; empty when the press was not theirs to make."""
    with deps.work.writing() as unit:
        try:
            notice = notice_of(pressed.task)
            alert = press(deps.site, unit, channel, notice, pressed.user, deps.clock.now())
        except (NotFound, NotTheirs) as refused:
            log.warning("channel %s: a pressed button was refused: %s", channel, refused)
            return ""
        reader = unit.people.get(unit.notices.by_key(notice).person)
        by = unit.people.get(alert.acknowledged_by) if alert.acknowledged_by is not None else None
    return _words(deps, alert, reader, by)


def _words(deps: Deps, alert: Alert, reader: Person, by: Person | None) -> str:
    if by is None or alert.acknowledged_at is None:
        return text("pages.link_page.nothing_to_do", reader.language)
    at = alert.acknowledged_at.astimezone(deps.site.zone)
    return text("pages.link_page.acknowledged", reader.language, person=by.name, at=f"{at:%H:%M}")


def _update(company: str, user: str, words: str, at: int) -> bytes:
    sender = {"ToUserName": user, "FromUserName": company, "CreateTime": str(at)}
    root = _document(sender | {"MsgType": "update_button"})
    ElementTree.SubElement(ElementTree.SubElement(root, "Button"), "ReplaceName").text = words
    return _bytes(root)


def _answer(sealed: Sealed) -> bytes:
    proof = {"MsgSignature": sealed.signature, "TimeStamp": sealed.timestamp, "Nonce": sealed.nonce}
    return _bytes(_document({"Encrypt": sealed.ciphertext} | proof))


def _document(fields: Mapping[str, str]) -> ElementTree.Element:
    root = ElementTree.Element("xml")
    for name, value in fields.items():
        ElementTree.SubElement(root, name).text = value
    return root


def _bytes(root: ElementTree.Element) -> bytes:
    return ElementTree.tostring(root, encoding="unicode").encode()


def _sealed(request: Request, ciphertext: str) -> Sealed:
    given = request.query_params
    return Sealed(given.get("msg_signature", ""), given.get("timestamp", ""), given.get("nonce", ""), ciphertext)


def _seal(deps: Deps, channel: str) -> Seal:
    """The credentials of the channel, read each time, so that they can be replaced; SealBroken when there are none."""
    spec = deps.site.channels.get(channel)
    if spec is None or spec.kind != KIND or not spec.text("callback_key_file"):
        raise SealBroken("no channel with a call-back has this name")
    try:
        token, key = (_secret(spec.text(name)) for name in ("callback_token_file", "callback_key_file"))
        return Seal.of(token, key, spec.text("corp_id"))
    except (OSError, ValueError) as error:
        log.error("channel %s: its call-back cannot be used: %s", channel, error)  # noqa: TRY400
        raise SealBroken("its token or key cannot be read") from None


def _secret(path: str) -> str:
    return Path(path).read_text(encoding="ascii").strip()


def _refused(channel: str, broken: SealBroken) -> Response:
    """Whoever asks learns nothing; the log says what to compare."""
    log.warning("a call-back for channel %.40r was refused: %s", channel, broken)
    return PlainTextResponse("the signature does not fit", 401)
