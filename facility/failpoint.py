"""Named places where a test may kill the process: `FACILITY_FAILPOINT=name:n` sends SIGKILL at the n-th passage.

Production code calls `failpoint("spool.after_commit")`; without the variable it costs one comparison.
"""

import os
import signal

_wanted, _, _count = os.environ.get("FACILITY_FAILPOINT", "").partition(":")
_left = int(_count or 1)


def failpoint(name: str) -> None:
    """Kill this process with SIGKILL when `name` is the wanted failpoint and has been passed often enough."""
    global _left  # noqa: PLW0603 - one counter a process is the purpose
    if name != _wanted:
        return
    _left -= 1
    if _left <= 0:
        os.kill(os.getpid(), signal.SIGKILL)
