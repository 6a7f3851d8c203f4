"""The api as a program: a server, the live stream's task, and a sign of life every two seconds."""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import FrameType

import uvicorn

from api.app import make_app, make_deps
from api.deps import Deps
from api.feed import rest
from api.first_run import FirstRun
from api.home_assistant.publication import Publication
from api.metrics import own_figures
from api.renewal import Renewal
from facility import wiring
from facility.certificates import require_pair
from facility.domain.errors import FacilityError, StoreError
from facility.domain.state import ProgramState

log = logging.getLogger(__name__)

PERIOD = 2.0  # seconds between two signs of life
RENEWAL_TICKS = 600  # ticks of a tenth of a second between two looks at the certificate's files
PATIENCE = 3  # seconds that open requests have to end after SIGTERM


class Server(uvicorn.Server):
    """Ends open streams when told to stop, and then returns; the exit code stays 0."""

    def __init__(self, config: uvicorn.Config, on_stop: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_stop = on_stop
        self.renewal: Renewal | None = None

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second; once a minute a renewed certificate is looked for."""
        if self.renewal is not None and counter % RENEWAL_TICKS == 0:
            self.renewal.look()
        return await super().on_tick(counter)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """SIGTERM or SIGINT; not noted for raising again afterwards, as uvicorn would."""
        self.should_exit = True
        self._on_stop()


def main() -> None:
    """Run until SIGTERM or SIGINT."""
    try:
        program = wiring.start("api")
        deps = make_deps(
            program.site,
            program.clock,
            program.history(),
            program.live(),
            program.work(),
            program.settings.secret,
            wiring.passwords(),
        )
        deps.plans, deps.stage = wiring.emergency_plans(program.settings), wiring.stage_of(program.site)
        deps.public_url = program.site.public_url or program.settings.public_url
        deps.lifetime = program.settings.session
        tls = program.settings.tls
        if tls is not None:
            require_pair(*tls)
        deps.first_run = FirstRun(program.settings.data)
    except FacilityError as error:
        log.error("%s", error)  # noqa: TRY400 - the words say it all; a traceback would hide them
        sys.exit(1)
    config = uvicorn.Config(
        make_app(deps, background),
        host=program.settings.api_host,
        port=program.settings.api_port,
        log_config=None,
        access_log=False,  # addresses hold personal links
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=program.settings.trusted_proxies,
        timeout_graceful_shutdown=PATIENCE,
        timeout_keep_alive=30,
    )
    if tls is not None:
        config.ssl_certfile, config.ssl_keyfile = tls
    server = Server(config, deps.feed.close)
    if tls is not None:
        server.renewal = Renewal(config, *tls)
    server.run()


@asynccontextmanager
async def background(deps: Deps) -> AsyncIterator[None]:
    """The tasks beside the server."""
    tasks = [asyncio.create_task(deps.feed.run()), asyncio.create_task(_live_on(deps))]
    if deps.publication is not None:
        tasks.append(asyncio.create_task(_publish_on(deps.publication)))
    try:
        yield
    finally:
        deps.feed.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _publish_on(publication: Publication) -> None:
    """Tell Home Assistant; a crash is reported and it begins again, the pages go on."""
    while True:
        try:
            await publication.run()
        except Exception:
            log.exception("home assistant: the publication crashed; it begins again")
        await asyncio.sleep(PERIOD)


async def _live_on(deps: Deps) -> None:
    """Prepare the stores (as often as it takes), then write a sign of life every two seconds."""
    deps.unprepared = dict.fromkeys(("work", "live", "history"), "not asked yet")
    while True:
        try:
            if deps.unprepared:
                await asyncio.to_thread(prepare, deps)
            state = ProgramState("api", deps.clock.now(), own_figures(deps))
            await asyncio.to_thread(deps.live.put_program, state)
        except StoreError as error:
            log.warning("no sign of life: %s", error)
        except Exception:  # a task loop: without it a fault of ours would make the program look dead until a restart
            log.exception("no sign of life")
        await rest(deps.clock, deps.clock.monotonic() + PERIOD)


def prepare(deps: Deps) -> None:
    """Ask the stores that are not ready yet to get ready; why one is not is kept for /readyz."""
    left: dict[str, str] = {}
    for name, ask in (("work", deps.work.prepare), ("live", deps.live.prepare), ("history", deps.history.prepare)):
        if name not in deps.unprepared:
            continue
        try:
            ask()
        except StoreError as error:
            if str(error) != deps.unprepared[name]:
                log.warning("store %s is not ready: %s", name, error)
            left[name] = str(error)
    if "work" in deps.unprepared and "work" not in left:
        offer_first_run(deps)
    deps.unprepared = left


def offer_first_run(deps: Deps) -> None:
    """While nobody can sign in, make the code of the first account and say where it is."""
    with deps.work.reading() as unit:
        nobody = not unit.accounts.all()
    try:
        if nobody:
            deps.first_run.offer(deps.public_url)
        else:
            deps.first_run.withdraw()
    except OSError as error:
        log.warning("the code of the first account cannot be written (%s); use: facility accounts create", error)
