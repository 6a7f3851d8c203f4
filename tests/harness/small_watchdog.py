"""`python -m tests.harness.small_watchdog`: the real watchdog program on the small estate, as `small_scheduler` is the scheduler."""

import logging
import os
import signal
import sys
import threading
from dataclasses import replace
from datetime import timedelta

from facility.clock import clock_from_environment
from facility.domain.notice import Rung
from facility.domain.watchdog import WatchdogSpec
from facility.heartbeat import Heartbeat
from facility.settings import settings_from_environment
from facility.wiring import Program
from scheduler.channels import open_channel
from scheduler.watchdog.program import watchdog_of
from tests.harness.small_site import small_site


def _main() -> None:
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    settings, clock, stopping = settings_from_environment(), clock_from_environment(), threading.Event()
    signal.signal(signal.SIGTERM, lambda _number, _frame: stopping.set())
    site = small_site(os.environ["VENDOR_WECOM"], os.environ["VENDOR_HOOK"], settings.data / "hook.secret")
    tell = (Rung("manager", ("hook",), timedelta(0)),)
    site = replace(site, watchdog=WatchdogSpec(tell, timedelta(seconds=60), timedelta(minutes=30)))
    program = Program("watchdog", settings, clock, site)
    watchdog = watchdog_of(program, lambda spec: open_channel(spec, clock.now))
    watchdog.run(stopping, Heartbeat(settings.data, program.name))


if __name__ == "__main__":
    _main()
