"""`python -m scheduler`: alerts, notices, orders and plans of one site."""

import logging
import sys

from facility.domain.errors import Refusal, StoreError
from facility.wiring import start
from scheduler.program import Scheduler

log = logging.getLogger("scheduler")


def main() -> int:
    """Exit code 0 after SIGTERM; 1 when settings, site file or schema cannot be used."""
    try:
        Scheduler(start("scheduler")).run()
    except (Refusal, StoreError) as error:
        log.error("%s", error)  # noqa: TRY400 - a refusal says all; a traceback would hide it
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
