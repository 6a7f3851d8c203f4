"""A clock that a test moves: `time.at += 60`."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.harness.flow_stage import START


@dataclass
class Time:
    """Monotonic and wall clock go together; `at` is in seconds."""

    at: float = 50.0

    def monotonic(self) -> float:
        return self.at

    def now(self) -> datetime:
        return START + timedelta(seconds=self.at)
