"""What another process has used: CPU of all its threads and the most memory, read from /proc (Linux)."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU in seconds by thread since the process began."""

    threads: dict[str, float]

    @staticmethod
    def of(pid: int) -> "Usage":
        """Exact to the nanosecond where the kernel counts so (the clock ticks of /proc/PID/stat are 10 ms)."""
        found = {}
        for task in Path(f"/proc/{pid}/task").iterdir():
            try:
                found[task.name] = int((task / "schedstat").read_text().split()[0]) / 1e9
            except (FileNotFoundError, ProcessLookupError):
                continue  # a thread that ended while we looked
        return Usage(found)

    def since(self, earlier: "Usage") -> float:
        """Seconds of CPU between the two, of the threads that still live."""
        return sum(cpu - earlier.threads.get(name, 0.0) for name, cpu in self.threads.items())


def peak_mb(pid: int) -> float:
    """The highest resident size since the start."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024
