"""`python -m scheduler.watchdog`: tells people when scheduler, collectors or a database fall silent."""

import logging
import signal
import sys
import threading

from facility.domain.errors import Refusal
from facility.heartbeat import Heartbeat
from facility.wiring import start
from scheduler.channels import open_channel
from scheduler.watchdog.program import watchdog_of

log = logging.getLogger("scheduler.watchdog")


def main() -> int:
    """Exit code 0 after SIGTERM; 1 when settings or site file cannot be used."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stopping.set())
    try:
        program = start("watchdog")
        watchdog = watchdog_of(program, lambda spec: open_channel(spec, program.clock.now, program.site.links))
        watchdog.run(stopping, Heartbeat(program.settings.data, program.name))
    except Refusal as error:
        log.error("%s", error)  # noqa: TRY400 - a refusal says all; a traceback would hide it
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
