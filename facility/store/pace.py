"""How much one step of rolling up takes on, learnt from how long the last ones took."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

AIM = 0.25  # seconds that a step should take
MOST = 288  # 5-minute windows: a day


@dataclass(slots=True)
class Pace:
    """`windows`: how many 5-minute windows the next step may take on; doubled after a quick step, halved after a slow one."""

    windows: int = 12

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Around the work of a step."""
        began = time.monotonic()
        yield
        took = time.monotonic() - began
        if took > 2 * AIM:
            self.windows = max(1, self.windows // 2)
        elif took < AIM / 2:
            self.windows = min(MOST, self.windows * 2)
