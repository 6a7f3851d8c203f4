"""Receipts of SMS and voice gateways, signed with the channel's secret: what became of a message, and which key was pressed."""

import json
import logging
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.deps import Deps, Here
from api.forms import MOST_BYTES, body_of
from api.rights import public
from facility.domain.errors import NotFound, Refusal
from facility.domain.receipt import ReceiptState
from facility.domain.signature import is_genuine, secret_key
from facility.flow.receive import receive

router = APIRouter(tags=["channels"])
log = logging.getLogger(__name__)

KINDS = ("sms_gateway", "voice_gateway")
STATES = ", ".join(ReceiptState)


class ReportRefused(Refusal):
    """A receipt that says nothing usable: where, what, and how to mend it."""


@dataclass(frozen=True, slots=True)
class Report:
    """One receipt as it came."""

    id: str
    state: ReceiptState
    key: str
    at: datetime


@router.post("/receipts/{channel}", dependencies=[public()])
async def take_receipt(channel: str, request: Request, deps: Here) -> Response:
    """`{id, state, key, at}` or a list of them; may repeat. 200 `{"taken": n, "known": n}`, 400, 401 (signature), 404."""
    body = await body_of(request)
    if body is None:
        return JSONResponse({"error": f"more than {MOST_BYTES} bytes; send fewer receipts at once"}, 413)
    key = await run_in_threadpool(_key, deps, channel)
    if key is None or not is_genuine(key, request.headers, body, deps.clock.now()):
        log.warning("a receipt for channel %.40r whose signature does not fit was refused", channel)
        return JSONResponse({"error": "the signature does not fit: check the channel, its secret and your clock"}, 401)
    try:
        taken, known = await run_in_threadpool(_take, deps, channel, reports(body))
    except ReportRefused as refused:
        return JSONResponse({"error": str(refused)}, 400)
    except NotFound as missing:
        return JSONResponse({"error": f"id {missing.name}: no message of this channel has it"}, 404)
    return JSONResponse({"taken": taken, "known": known})


def reports(body: bytes) -> list[Report]:
    """The receipts of a body; ReportRefused."""
    try:
        document = json.loads(body)
    except ValueError:
        raise ReportRefused("the body is no JSON; send {id, state, key, at}") from None
    items = document if isinstance(document, list) else [document]
    return [_report(item, f"[{place}]." if isinstance(document, list) else "") for place, item in enumerate(items)]


def _report(item: object, where: str) -> Report:
    if not isinstance(item, dict):
        raise ReportRefused(f"{where or 'the body'} is no object; send {{id, state, key, at}}")
    id, state, key, at = (item.get(name) for name in ("id", "state", "key", "at"))
    if not isinstance(id, str) or not id:
        raise ReportRefused(f"{where}id is missing; send the id of our message")
    if state not in list(ReceiptState):
        raise ReportRefused(f"{where}state is {state!r}; send one of {STATES}")
    if not isinstance(key, str | int | None) or isinstance(key, bool):
        raise ReportRefused(f"{where}key is {key!r}; send what was pressed as text, or leave it out")
    return Report(id, ReceiptState(state), "" if key is None else str(key)[:16], _moment(at, where))


def _moment(at: object, where: str) -> datetime:
    try:
        moment = datetime.fromisoformat(str(at))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ReportRefused(f"{where}at is {at!r}; send ISO 8601 with its zone, such as 2026-11-23T06:00:00+08:00")
    return moment


def _key(deps: Deps, channel: str) -> bytes | None:
    """The channel's secret; None when there is no such gateway, which is told as a wrong signature is."""
    spec = deps.site.channels.get(channel)
    if spec is None or spec.kind not in KINDS or spec.secret_file is None:
        return None
    try:
        return secret_key(spec.secret_file.read_text(encoding="ascii"))
    except (OSError, ValueError):
        log.error("channel %s: its secret cannot be read; receipts are refused", channel)  # noqa: TRY400
        return None


def _take(deps: Deps, channel: str, items: list[Report]) -> tuple[int, int]:
    """All or nothing."""
    now, taken = deps.clock.now(), 0
    with deps.work.writing() as unit:
        for item in items:
            taken += receive(deps.site, unit, channel, item.id, item.state, item.key, item.at, now)
    return taken, len(items) - taken
