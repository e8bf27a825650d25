"""What a process uses: wall and CPU seconds between two moments, and its resident memory."""

import time
from pathlib import Path
from typing import Any


class Stretch:
    """From ``begin`` to ``end``; each may be called again, the first ``begin`` and the last ``end`` count."""

    def __init__(self) -> None:
        self._begun: tuple[float, float, float] | None = None
        self._ended = (0.0, 0.0, 0.0)

    def begin(self) -> None:
        """The first record is here."""
        if self._begun is None:
            self._begun = _now()

    def end(self) -> None:
        """What was to be done is done."""
        self._ended = _now()

    @property
    def at(self) -> tuple[float, float]:
        """Begin and end on the machine's monotonic clock, in seconds: comparable with those of other processes."""
        return (self._begun or self._ended)[0], self._ended[0]

    def told(self, events: int, **more: Any) -> dict[str, Any]:
        """The measurement as a child process reports it."""
        wall, cpu, queued = self._begun or (0.0, 0.0, 0.0)
        return {
            "events": events,
            "seconds": self._ended[0] - wall,
            "cpu_seconds": self._ended[1] - cpu,
            "queued_seconds": self._ended[2] - queued,
            "rss_mb": resident_mb("VmHWM"),
            "more": more,
        }


def _now() -> tuple[float, float, float]:
    """Wall seconds, CPU seconds, and seconds the main thread was ready but had no CPU: what others on the machine took."""
    queue = Path("/proc/self/schedstat")
    queued = int(queue.read_text().split()[1]) / 1e9 if queue.exists() else 0.0
    return time.perf_counter(), time.process_time(), queued


def resident_mb(which: str = "VmRSS") -> float:
    """This process's resident memory in MB: ``VmRSS`` now, ``VmHWM`` at its highest."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(which + ":"):
            return int(line.split()[1]) / 1024
    return 0.0
