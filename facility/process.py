"""What a program says of its own process in its account: processor time, memory, start, and the state of the clock."""

import os
import resource
import time
from pathlib import Path

from facility.synchronisation import synchronisation

_STARTED = time.time()


def process_figures(program: str) -> dict[str, float]:
    """Complete Prometheus series, labelled with the program's name."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    label = f'{{program="{program}"}}'
    figures = {
        f"facility_process_cpu_seconds_total{label}": round(used.ru_utime + used.ru_stime, 3),
        f"facility_process_memory_bytes{label}": float(_resident() or used.ru_maxrss * 1024),
        f"facility_process_start_time_seconds{label}": round(_STARTED, 3),
    }
    clock = synchronisation()
    if clock is not None:
        figures[f"facility_clock_synchronised{label}"] = float(clock.held)
        figures[f"facility_clock_offset_seconds{label}"] = round(clock.offset, 6)
        figures[f"facility_clock_max_error_seconds{label}"] = round(clock.most, 6)
    return figures


def _resident() -> int:
    """Bytes in memory now; 0 where /proc does not say."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    except (OSError, IndexError):
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")
