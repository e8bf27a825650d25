"""What a command says when it refuses: exit code and all its words."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.fixtures.home import GENEROUS, Home


def said(home: Home, *words: str, code: int = 78, folder: Path | None = None, env: Mapping[str, str] | None = None) -> str:
    """Run ``baton`` with these words to its end, in ``folder``; all it printed. Fails when it ends with another code."""
    done = subprocess.run(
        [sys.executable, "-m", "baton.main", *words],
        env={**home.env, **(env or {}), "PYTHONPATH": str(Path(__file__).parent.parent.parent)},
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=GENEROUS,
        check=False,
    )
    assert done.returncode == code, f"baton {' '.join(words)}: exit {done.returncode}\n{done.stdout[-8000:]}"
    return done.stdout
