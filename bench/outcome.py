"""What a benchmark found: runs of one process each, and findings drawn from them; printed as a table, kept as JSON lines."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any


class Wrong(Exception):
    """The measured program gave a wrong result; its speed means nothing."""


@dataclass(frozen=True)
class Run:
    """One process, measured: wall and CPU seconds for ``events``, largest resident memory in MB, and what else it told.

    ``queued_seconds``: how long its main thread was ready and had no CPU, because others on the machine had it.
    """

    what: str
    events: int
    seconds: float
    cpu_seconds: float
    queued_seconds: float
    rss_mb: float
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Events per wall second."""
        return self.events / self.seconds

    @property
    def cpu_rate(self) -> float:
        """Events per CPU second of this process."""
        return self.events / self.cpu_seconds


@dataclass(frozen=True)
class Finding:
    """One figure. ``goal``: what was asked, empty where nothing was."""

    what: str
    value: float
    unit: str
    goal: str = ""


def ratios(subject: Sequence[Run], peer: Sequence[Run], goal: str) -> list[Finding]:
    """Median rate of ``subject`` to that of ``peer``, by the wall and by CPU, and the noise: (max - min) / median."""
    return [
        Finding("ratio, wall", _middle(subject) / _middle(peer), "x", goal),
        Finding("ratio, CPU", median(r.cpu_rate for r in subject) / median(r.cpu_rate for r in peer), "x"),
        Finding("spread of ours", _spread(subject), "%"),
        Finding("spread of the peer", _spread(peer), "%"),
    ]


def _middle(runs: Iterable[Run]) -> float:
    return median(r.rate for r in runs)


def _spread(runs: Sequence[Run]) -> float:
    rates = [r.rate for r in runs]
    return 100 * (max(rates) - min(rates)) / median(rates)


def table(name: str, runs: Sequence[Run], findings: Sequence[Finding]) -> str:
    """For people."""
    lines = [f"== {name}"]
    if runs:
        lines.append(
            f"{'run':<34}{'events':>10}{'wall s':>9}{'CPU s':>9}{'queued s':>10}{'events/s':>11}{'a CPU s':>11}{'RSS MB':>9}"
        )
    lines += [
        f"{r.what:<34}{r.events:>10,}{r.seconds:>9.2f}{r.cpu_seconds:>9.2f}{r.queued_seconds:>10.2f}{r.rate:>11,.0f}{r.cpu_rate:>11,.0f}{r.rss_mb:>9.0f}"
        for r in runs
    ]
    lines += [f"  {f.what:<46}{f.value:>14,.2f} {f.unit:<10}{'goal ' + f.goal if f.goal else ''}" for f in findings]
    return "\n".join(lines)


def keep(file: Path, name: str, runs: Sequence[Run], findings: Sequence[Finding], **around: Any) -> None:
    """Append one JSON line for each run and finding."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8") as lines:
        for run in runs:
            lines.write(json.dumps({"bench": name, **around, "kind": "run", **asdict(run)}) + "\n")
        for finding in findings:
            lines.write(json.dumps({"bench": name, **around, "kind": "finding", **asdict(finding)}) + "\n")
