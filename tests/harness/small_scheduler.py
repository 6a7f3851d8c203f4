"""`python -m tests.harness.small_scheduler`: the real scheduler program on the small estate.

VENDOR_WECOM and VENDOR_HOOK are its channels' addresses, VENDOR_TIMEOUT their patience in seconds; VENDOR_LATCHED: the fire
alarm is latched.
"""

import logging
import os
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path

from facility.clock import clock_from_environment
from facility.domain.condition import Edge, EdgeKind
from facility.ports import Lease
from facility.settings import settings_from_environment
from facility.store.sql import SqlWork
from facility.wiring import Program
from scheduler.program import Scheduler
from tests.harness.small_site import small_site, staff
from tests.harness.tables import lay_tables
from tests.harness.vendor import Vendor
from tests.harness.wait import until

ROOT = Path(__file__).resolve().parents[2]
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class SmallEstate:
    """The small estate's work database in `folder` (or at `url`), and its schedulers as processes."""

    def __init__(self, folder: Path, vendor: Vendor, url: str = "", site: str = "small", **environment: str) -> None:
        self.folder, self.vendor = folder, vendor
        folder.mkdir(exist_ok=True)
        file = folder / "work.db"
        self.url = url or (f"sqlite:///{file}" if file.exists() else lay_tables(file))
        self.environment = {
            "FACILITY_DATA": str(folder),
            "FACILITY_WORK": self.url,
            "VENDOR_WECOM": vendor.wecom,
            "VENDOR_HOOK": vendor.hook,
            "VENDOR_SITE": site,
            **environment,
        }
        (folder / "hook.secret").write_text(SECRET, encoding="ascii")
        self.work = SqlWork(self.url, site)
        self.work.prepare()
        with self.work.writing() as unit:
            for person in staff():
                unit.people.put(person)
        self.processes: list[subprocess.Popen[bytes]] = []
        self._sequence = 0

    def start(self, **environment: str) -> subprocess.Popen[bytes]:
        """Start a scheduler; its output goes to `<folder>/scheduler.log`."""
        with (self.folder / "scheduler.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.harness.small_scheduler"],
                cwd=ROOT,
                env={**os.environ, **self.environment, **environment},
                stdout=log,
                stderr=log,
            )
        self.processes.append(process)
        return process

    def edge(self, kind: EdgeKind, asset: str, rule: str, onset: datetime) -> None:
        """A collector's edge."""
        self._sequence += 1
        with self.work.writing() as unit:
            unit.conditions.take([Edge("main", self._sequence, asset, rule, kind, onset, onset)])

    def lease(self) -> Lease | None:
        """Who leads."""
        with self.work.reading() as unit:
            return unit.leases.read("scheduler")

    def leads(self, epoch: int, within: float = 20) -> None:
        """Wait until the lease has this epoch."""
        until(
            lambda: (lease := self.lease()) is not None and lease.epoch >= epoch, f"epoch {epoch} leads", within=within
        )

    def log(self) -> str:
        """What the schedulers wrote."""
        return (self.folder / "scheduler.log").read_text(encoding="utf-8")

    def close(self) -> None:
        """Kill what still runs."""
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
            process.wait()
        self.work.close()


def _main() -> None:
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    settings = settings_from_environment()
    site = small_site(
        os.environ["VENDOR_WECOM"],
        os.environ["VENDOR_HOOK"],
        settings.data / "hook.secret",
        id=os.environ["VENDOR_SITE"],
        timeout=float(os.environ.get("VENDOR_TIMEOUT", "3")),
        latched=bool(os.environ.get("VENDOR_LATCHED")),
    )
    Scheduler(Program("scheduler", settings, clock_from_environment(), site)).run()


if __name__ == "__main__":
    _main()
