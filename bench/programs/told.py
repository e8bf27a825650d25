"""How a measured program is told what to do, and how it answers."""

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any


def told() -> SimpleNamespace:
    """The JSON argument, by name."""
    return SimpleNamespace(**json.loads(sys.argv[1]))


def answer(task: SimpleNamespace, found: dict[str, Any]) -> None:
    """Write the answer, whole or not at all."""
    draft = Path(task.answer + ".draft")
    draft.write_text(json.dumps(found))
    draft.rename(task.answer)
