"""The simulators' own HTTP: the robot's vendor addresses, scenarios, faults, and a page that shows all of it to people."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, FastAPI, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel, ConfigDict, Field

from facility.domain.asset import LinkKind
from facility.domain.errors import Conflict, NotFound, Refusal
from facility.domain.text import Language, Title
from facility.locale import text
from simulators.answers import Mode, VendorAnswer
from simulators.answers import Request as Asked
from simulators.estate import Estate
from simulators.faults import KINDS, WireFault, kinds_on
from simulators.page import Page
from simulators.robot import Robot
from simulators.scenario import Step, both, told
from simulators.stage import Performance

HANG = 120.0  # s for which a hanging vendor keeps a request
HERE = Path(str(files("simulators")))
POLICY = "default-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"


class FaultOrder(BaseModel):
    """Body of POST /faults; fault "clear" ends the target's faults."""

    model_config = ConfigDict(extra="forbid")
    target: str
    fault: str
    parameters: dict[str, float | str] = {}
    seconds: float | None = Field(default=None, alias="for", gt=0)


class ActionOrder(BaseModel):
    """Body of POST /actions."""

    model_config = ConfigDict(extra="forbid")
    do: str
    target: list[str] | str = []


class Behaviour(BaseModel):
    """Body of POST /robot/behaviour."""

    model_config = ConfigDict(extra="forbid")
    channel: str
    mode: Mode


def build_app(estate: Estate, robot: Robot, closing: asyncio.Event) -> FastAPI:
    """The whole application; `closing` lets hanging answers go when the program stops."""
    app = FastAPI(title="Facility simulators", docs_url=None, redoc_url=None)
    app.include_router(_vendors(robot, closing))
    app.include_router(_views(estate, robot))
    app.include_router(_scenarios(estate, robot))
    app.include_router(_faults(estate))
    app.include_router(_pages(estate, robot))
    app.mount("/static", StaticFiles(directory=HERE / "static"))
    app.add_exception_handler(Refusal, _refused)
    app.middleware("http")(_guard)
    return app


def _vendors(robot: Robot, closing: asyncio.Event) -> APIRouter:
    router = APIRouter()

    @router.post("/robot/cgi-bin/webhook/send")
    async def wecom(request: Request, key: str = "") -> Response:
        return await _sent(request, robot.take_wecom(key, await request.body()), closing)

    @router.post("/hook")
    async def webhook(request: Request) -> Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        return await _sent(request, robot.take_webhook(headers, await request.body()), closing)

    @router.post("/robot/send")
    async def dingtalk(request: Request) -> Response:
        return await _sent(request, robot.take("dingtalk_robot", await _asked(request, robot)), closing)

    @router.post("/robot/open-apis/bot/v2/hook/{hook}")
    async def feishu(request: Request, hook: str) -> Response:
        return await _sent(request, robot.take("feishu_robot", await _asked(request, robot, hook)), closing)

    @router.post("/gateway/{kind}")
    async def gateway(request: Request, kind: Literal["sms", "voice"]) -> Response:
        return await _sent(request, robot.take(f"{kind}_gateway", await _asked(request, robot)), closing)

    @router.post("/robot/behaviour")
    async def behave(order: Behaviour) -> dict[str, str]:
        robot.behave(order.channel, order.mode)
        return {channel: mode.value for channel, mode in robot.modes.items()}

    @router.get("/messages")
    async def messages() -> list[dict[str, object]]:
        return [message.json() for message in robot.messages()]

    @router.get("/attempts")
    async def attempts() -> list[dict[str, object]]:
        return [attempt.json() for attempt in robot.attempts()]

    return router


def _views(estate: Estate, robot: Robot) -> APIRouter:
    router = APIRouter()

    @router.get("/healthz")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/status")
    async def status() -> dict[str, Any]:
        return _status(estate, robot)

    @router.get("/values/{asset}")
    async def values(asset: str) -> dict[str, Any]:
        if asset not in estate.site.assets:
            raise NotFound("asset", asset)
        shown = estate.readout.values(estate.site.assets[asset])
        return {"asset": asset, "time": estate.plant.time, "values": shown}

    return router


def _scenarios(estate: Estate, robot: Robot) -> APIRouter:
    router = APIRouter()
    stage = estate.stage

    @router.get("/scenarios")
    async def scenarios() -> list[dict[str, Any]]:
        return [told(scenario) for scenario in stage.scenarios.values()]

    @router.post("/scenarios/{name}")
    async def play(name: str, factor: Annotated[float | None, Query()] = None) -> dict[str, Any]:
        return _played(estate.play(name, factor), estate.plant.time)

    @router.delete("/scenarios")
    async def stop() -> dict[str, Any]:
        stage.stop()
        return _status(estate, robot)

    @router.post("/actions")
    async def act(order: ActionOrder) -> dict[str, str]:
        targets = (order.target,) if isinstance(order.target, str) else tuple(order.target)
        stage.act(Step(0.0, order.do, Title("", ""), targets))
        return {"done": order.do}

    return router


def _faults(estate: Estate) -> APIRouter:
    router = APIRouter()

    @router.get("/faults")
    async def faults() -> list[dict[str, Any]]:
        return [_fault(fault) for fault in estate.faults.all()]

    @router.get("/faults/kinds")
    async def kinds() -> list[dict[str, Any]]:
        return [
            {"fault": kind, "title": _title(kind), "parameters": dict(names), "links": _links_of(kind)}
            for kind, names in KINDS.items()
        ]

    @router.post("/faults")
    async def fault(order: FaultOrder) -> dict[str, Any]:
        if order.fault == "clear":
            return {"cleared": estate.faults.clear(order.target)}
        until = None if order.seconds is None else estate.plant.time + order.seconds
        return _fault(estate.faults.add(order.target, order.fault, order.parameters, until, estate.plant.time))

    @router.delete("/faults")
    async def clear(target: str | None = None, fault: str | None = None, id: int | None = None) -> dict[str, int]:
        return {"cleared": estate.faults.clear(target, fault, id)}

    return router


def _pages(estate: Estate, robot: Robot) -> APIRouter:
    router = APIRouter()
    page = Page(estate, robot)

    @router.get("/", response_class=HTMLResponse)
    async def whole(request: Request, lang: str = "") -> HTMLResponse:
        language = _language(lang, request.headers.get("accept-language", ""), estate.site.language)
        return HTMLResponse(page.whole(language))

    @router.get("/live", response_class=HTMLResponse)
    async def live(lang: str = "") -> HTMLResponse:
        return HTMLResponse(page.live(_language(lang, "", estate.site.language)))

    return router


async def _asked(request: Request, robot: Robot, hook: str = "") -> Asked:
    headers = {name.lower(): value for name, value in request.headers.items()}
    return Asked(dict(request.query_params), headers, await request.body(), robot.now, hook)


async def _sent(request: Request, answer: VendorAnswer, closing: asyncio.Event) -> Response:
    if answer.hang:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(closing.wait(), HANG)
        return Response(status_code=504)
    if answer.reset:
        request.scope["facility.cut"]()
        return Response(status_code=502)  # never seen: the connection is gone
    if answer.body is None:
        return Response(status_code=answer.status, headers=dict(answer.headers))
    return JSONResponse(answer.body, answer.status, dict(answer.headers))


def _status(estate: Estate, robot: Robot) -> dict[str, Any]:
    performance = estate.stage.performance
    return {
        "site": estate.site.id,
        "time": estate.plant.time,
        "hour": round(estate.plant.hour, 4),
        "factor": estate.factor,
        "dropped": estate.dropped,
        "steps": estate.plant.steps,
        "scenario": _played(performance, estate.plant.time) if performance else None,
        "faults": [_fault(fault) for fault in estate.faults.all()],
        "behaviours": {channel: mode.value for channel, mode in robot.modes.items()},
    }


def _played(performance: Performance, now: float) -> dict[str, Any]:
    scenario = performance.scenario
    return {
        "name": scenario.name,
        "title": both(scenario.title),
        "running": performance.running,
        "elapsed": performance.elapsed(now),
        "duration": scenario.lasts,
        "done": [both(step.title) for step in performance.done],
        "total": len(scenario.steps),
    }


def _fault(fault: WireFault) -> dict[str, Any]:
    return {
        "id": fault.id,
        "target": fault.target,
        "fault": fault.kind,
        "parameters": dict(fault.parameters),
        "until": fault.until,
    }


def _title(kind: str) -> dict[str, str]:
    return {"en": text(f"simulators.fault_{kind}", Language.EN), "zh": text(f"simulators.fault_{kind}", Language.ZH_CN)}


def _links_of(kind: str) -> list[str]:
    """On which kinds of links it can happen."""
    return [link.value for link in LinkKind if kind in kinds_on(link)]


def _language(asked: str, accepted: str, default: Language) -> Language:
    for wanted in (asked, accepted.split(",")[0]):
        if wanted:
            return Language.ZH_CN if wanted.lower().startswith("zh") else Language.EN
    return default


async def _refused(request: Request, error: Exception) -> Response:
    status = 404 if isinstance(error, NotFound) else 409 if isinstance(error, Conflict) else 400
    return JSONResponse({"detail": str(error)}, status)


async def _guard(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Pages of other sites may not press our buttons."""
    if request.method != "GET" and request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        return JSONResponse({"detail": "not from another site"}, 403)
    response = await call_next(request)
    response.headers["content-security-policy"] = POLICY
    response.headers["x-content-type-options"] = "nosniff"
    response.headers["cache-control"] = "no-store"
    return response
