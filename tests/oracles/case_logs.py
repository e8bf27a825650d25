"""The real logs cut at their cases, so that a story can deliver the same log in other pieces and in another order."""

import gzip
import re
import zipfile
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from random import Random
from typing import NamedTuple

UCI, BPIC = "uci-498/incident_event_log.zip", "bpic2013/incidents.xes.gz"


class CaseLog(NamedTuple):
    """A log as bytes: what comes before the first case, each case, what comes after the last."""

    head: bytes
    cases: list[bytes]
    tail: bytes
    suffix: str

    def write(self, path: Path, cases: Iterable[bytes]) -> Path:
        """A log of these cases, in this order; ``path`` without its suffix."""
        whole = path.with_suffix(self.suffix)
        whole.write_bytes(self.head + b"".join(cases) + self.tail)
        return whole

    def whole(self, folder: Path) -> list[Path]:
        """The log as it is, in one file."""
        return [self.write(folder / "whole", self.cases)]

    def pieces(self, folder: Path) -> list[Path]:
        """Three files that overlap, cut between cases; the last one first."""
        ends = [(number * len(self.cases) // 10, (number + 5) * len(self.cases) // 10) for number in (0, 3, 5)]
        return [self.write(folder / f"piece-{first}", self.cases[first:last]) for first, last in reversed(ends)]

    def shuffled(self, folder: Path, seed: int) -> list[Path]:
        """All cases in another order."""
        return [self.write(folder / "shuffled", Random(seed).sample(self.cases, len(self.cases)))]


def case_log(path: Path) -> CaseLog:
    """The cases of UCI's zip (lines of a CSV sorted by incident) or BPIC's XES (traces)."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            head, *lines = archive.read(archive.namelist()[-1]).splitlines(keepends=True)
        cases = [b"".join(rows) for _, rows in groupby(lines, lambda line: line.split(b",", 1)[0])]
        return CaseLog(head, cases, b"", ".csv")
    xes = gzip.decompress(path.read_bytes())
    cases = re.findall(rb"<trace>.*?</trace>\s*", xes, re.DOTALL)
    return CaseLog(xes[: xes.index(b"<trace>")], cases, b"</log>\n", ".xes")
