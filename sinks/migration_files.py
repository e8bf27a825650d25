"""Migrations as numbered SQL files: read, taken apart into statements, with a checksum."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from schemas.errors import Stop

DIRECTORY = Path(__file__).parent / "migrations"


@dataclass(frozen=True)
class Migration:
    """One file: its name, its statements in order, its checksum (line ends don't count)."""

    name: str
    statements: tuple[str, ...]
    checksum: str

    @property
    def is_access(self) -> bool:
        """Whether it is about roles and grants: these are a server's, and an account's that may give them."""
        return self.name[5:].startswith("access_")


def parse(name: str, text: str) -> Migration:
    """The migration in a file. A statement ends with a semicolon at the end of a line; lines beginning with -- are remarks."""
    text = text.replace("\r\n", "\n")
    code = "\n".join(line for line in text.split("\n") if not line.lstrip().startswith("--"))
    statements = tuple(part.strip() for part in re.split(r";[ \t]*(?:\n|$)", code) if part.strip())
    return Migration(name, statements, hashlib.sha256(text.encode()).hexdigest())


def read(directory: Path = DIRECTORY) -> list[Migration]:
    """All migrations in the order of their numbers. Raises ``Stop`` when numbers are missing or doubled."""
    files = sorted(directory.glob("*.sql"))
    for number, file in enumerate(files, 1):
        if not re.fullmatch(rf"{number:04d}_[a-z_]+\.sql", file.name):
            raise Stop(
                f"migration {number:04d} is missing or doubled: found {file.name}", "number the files 0001, 0002 … once each"
            )
    return [parse(file.name, file.read_text(encoding="utf-8")) for file in files]
