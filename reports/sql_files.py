"""The shipped queries: one question a file, in ``reports/queries``."""

import re
from functools import cache
from pathlib import Path

DIRECTORY = Path(__file__).parent / "queries"


@cache
def shipped(name: str) -> str:
    """The text of ``queries/<name>.sql`` without its remarks; ``({other})`` in it stands for another file's text."""
    text = (DIRECTORY / f"{name}.sql").read_text(encoding="utf-8")
    code = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
    return re.sub(r"\(\{([a-z_]+)\}\)", lambda found: f"({shipped(found[1])})", code).strip()
