"""A program's figures of its own process, and the kernel's word on the clock."""

import os
import time

import psutil

from facility.process import process_figures
from facility.synchronisation import synchronisation, time_programs


def test_processor_memory_and_start() -> None:
    figures = process_figures("api")
    me = psutil.Process(os.getpid())
    assert 0 < figures['facility_process_cpu_seconds_total{program="api"}'] < 1 + sum(me.cpu_times()[:2])
    assert 0.5 < figures['facility_process_memory_bytes{program="api"}'] / me.memory_info().rss < 2
    assert figures['facility_process_start_time_seconds{program="api"}'] <= time.time()


def test_the_clock_is_asked_of_the_kernel() -> None:
    state = synchronisation()
    assert state is None or (isinstance(state.held, bool) and state.most >= 0)
    held = process_figures("api").get('facility_clock_synchronised{program="api"}')
    assert held == (None if state is None else float(state.held))
    assert set(time_programs()) <= {"chrony", "systemd-timesyncd", "ntpd", "openntpd", "ptp4l", "phc2sys"}
