"""Queries as files: one question a file, in a folder named ``queries`` beside the modules that ask."""

import re
from functools import cache
from pathlib import Path


class SqlFiles:
    """The queries of one folder. Call it with a name: the text of ``<name>.sql`` without its remarks.

    ``({other})`` in a text stands for another file's.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._read = cache(self._text)

    def __call__(self, name: str) -> str:
        return self._read(name)

    def _text(self, name: str) -> str:
        text = (self.folder / f"{name}.sql").read_text(encoding="utf-8")
        # Remarks go, so that a file's header is not sent with every query.
        code = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
        return re.sub(r"\(\{([a-z_]+)\}\)", lambda found: f"({self(found[1])})", code).strip()
