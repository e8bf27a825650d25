"""Measured programs: each in a process of its own, told what to do in one JSON argument, answering in one JSON file."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.outcome import Run, Wrong
from local.stack import end_with_parent

SECONDS = 4 * 3600
"""Longest wait for a program: two million items take an hour on a slow day."""


class Child:
    """A running program of ``bench.programs``."""

    def __init__(self, program: str, answer: Path, process: subprocess.Popen[str], log: Path) -> None:
        self._program, self._answer, self._process, self._log = program, answer, process, log

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.poll() is None

    def said(self, word: str) -> int:
        """How often its log holds ``word`` so far."""
        return self._log.read_text(errors="replace").count(word)

    def stop(self) -> None:
        """Ask it to end (SIGTERM)."""
        if self.running:
            self._process.terminate()

    def answer(self, seconds: float = SECONDS) -> dict[str, Any]:
        """What it found, once it has ended. Raises ``Wrong`` with its last words when it failed."""
        code = self._process.wait(seconds)
        if code or not self._answer.is_file():
            words = "\n".join(self._log.read_text(errors="replace").splitlines()[-40:])
            raise Wrong(f"{self._program} ended with {code}:\n{words}")
        found: dict[str, Any] = json.loads(self._answer.read_text())
        return found


@contextmanager
def child(program: str, **told: Any) -> Iterator[Child]:
    """Start ``bench.programs.<program>``; it ends with the block at the latest."""
    with TemporaryDirectory(prefix="baton-bench-child-") as directory:
        answer, log = Path(directory) / "answer.json", Path(directory) / "log"
        end_with_us = [sys.executable, end_with_parent.__file__, str(os.getpid())]
        argv = [*end_with_us, sys.executable, "-m", f"bench.programs.{program}", json.dumps({**told, "answer": str(answer)})]
        with log.open("w") as words, subprocess.Popen(argv, stdout=words, stderr=words, text=True) as process:
            try:
                yield Child(program, answer, process, log)
            finally:
                if process.poll() is None:
                    process.kill()


def run(what: str, program: str, **told: Any) -> Run:
    """Start a program, wait for its end, and give what it measured."""
    with child(program, **told) as started:
        return Run(what, **started.answer())
