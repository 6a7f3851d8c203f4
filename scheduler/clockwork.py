"""Clockwork: the only door to APScheduler. It holds no business time: it only says which job's turn it is."""

import queue
from collections.abc import Iterable
from datetime import UTC

from apscheduler.executors.pool import ThreadPoolExecutor  # type: ignore[import-untyped]
from apscheduler.schedulers.background import BackgroundScheduler  # type: ignore[import-untyped]
from apscheduler.triggers.cron import CronTrigger  # type: ignore[import-untyped]

from scheduler.jobs import Job


class Clockwork:
    """Puts the names of jobs whose time has come into a queue; the leader runs them in its own loop, one after another."""

    def __init__(self, jobs: Iterable[Job]) -> None:
        self._due: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        for job in jobs:
            trigger = CronTrigger(minute=job.minute, timezone=UTC)
            self._scheduler.add_job(self._due.put, trigger, args=[job.name], id=job.name)

    def start(self) -> None:
        """Start ticking."""
        self._scheduler.start()

    def stop(self) -> None:
        """Stop ticking; what is queued stays unread."""
        self._scheduler.shutdown(wait=False)

    def due(self) -> set[str]:
        """The jobs whose time has come since the last call, each once."""
        names = set()
        while not self._due.empty():
            names.add(self._due.get())
        return names
