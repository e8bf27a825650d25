"""The tables and views of the warehouse, brought up to date by numbered SQL files.

A file is applied statement by statement, and only then entered in the table ``migrations`` with its checksum. Every statement
may run twice (``IF NOT EXISTS``, ``OR REPLACE``), so a file that stopped half way is simply applied again.
"""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from schemas.errors import Stop
from sinks.ports import ResultRow

DIRECTORY = Path(__file__).parent / "migrations"
LEDGER = """CREATE TABLE IF NOT EXISTS migrations
(
    name        String                                        COMMENT 'File of the migration',
    checksum    String                                        COMMENT 'SHA-256 of the file as it was applied',
    applied_at  DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')  COMMENT 'When its last statement had run'
)
ENGINE = ReplacingMergeTree(applied_at)
ORDER BY name
COMMENT 'Which migrations this database has had'
"""


class Database(Protocol):
    """What migrations need of the warehouse."""

    database: str

    def create_database(self) -> None:
        """Create the database when it is not there."""
        ...

    def execute(self, statement: str) -> None:
        """Run one statement to its end. Raises ``Retry`` while the warehouse is away."""
        ...

    def rows(self, query: str) -> list[ResultRow]:
        """The rows of a query."""
        ...


@dataclass(frozen=True)
class Migration:
    """One file: its name, its statements in order, its checksum (line ends don't count)."""

    name: str
    statements: tuple[str, ...]
    checksum: str


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


def missing(migrations: Sequence[Migration], applied: dict[str, str], database: str) -> list[Migration]:
    """Those still to apply. ``applied``: name → checksum. Raises ``Stop`` for a changed file and for one not known here."""
    known = {migration.name: migration for migration in migrations}
    for name, checksum in sorted(applied.items()):
        if name not in known:
            raise Stop(
                f"database {database} has had migration {name}, which this Baton does not know",
                "run the newer Baton that applied it, or use another database (BATON_CLICKHOUSE_DATABASE)",
            )
        if known[name].checksum != checksum:
            raise Stop(
                f"migration {name} was changed after database {database} had it",
                f"restore sinks/migrations/{name} and put the change into a new file with the next number",
            )
    return [migration for migration in migrations if migration.name not in applied]


def migrate(database: Database, migrations: Sequence[Migration], say: Callable[[str], None]) -> list[str]:
    """Bring the database up to date; safe to run twice. Returns the names applied now, each also passed to ``say``.

    Raises ``Stop`` for a changed or unknown migration, ``Retry`` when the warehouse is away.
    """
    # 1 the database   2 the ledger of migrations   3 what it has had
    database.create_database()
    database.execute(LEDGER)
    applied = {str(name): str(checksum) for name, checksum in database.rows("SELECT name, checksum FROM migrations FINAL")}
    names = []
    for migration in missing(migrations, applied, database.database):
        # ClickHouse has no transactional DDL: a crash among these leaves a part, and each statement may run again.
        for statement in migration.statements:
            database.execute(statement)
        database.execute(
            # Only after the last one. Two processes at once write the same line twice, which the table merges.
            "INSERT INTO migrations (name, checksum) SETTINGS async_insert = 0 "
            f"VALUES ('{migration.name}', '{migration.checksum}')"
        )
        say(migration.name)
        names.append(migration.name)
    return names
