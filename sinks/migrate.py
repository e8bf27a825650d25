"""The tables and views of the warehouse, brought up to date by numbered SQL files.

A file is applied statement by statement, and only then entered in the table ``migrations`` with its checksum. Every statement
may run twice (``IF NOT EXISTS``, ``OR REPLACE``), so a file that stopped half way is simply applied again. All of it stands in
the private database; the readers' database has views over it (``sinks.reader_views``).
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from schemas.errors import Stop
from sinks.migration_files import Migration
from sinks.ports import ResultRow
from sinks.reader_views import PRIVATE_VIEWS, checksum, statements
from sinks.warehouse_relations import relations

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
READER_VIEWS = "views for readers"
"""Their line in the ledger; the checksum is that of the statements that made them."""
MAY_GRANT = "CHECK GRANT CREATE ROLE ON *.*"


class Database(Protocol):
    """What migrations need of the warehouse. Names without a database are of ``database``, the private one."""

    database: str

    def create_database(self, name: str) -> None:
        """Create a database when it is not there."""
        ...

    def execute(self, statement: str) -> None:
        """Run one statement to its end. Raises ``Retry`` while the warehouse is away."""
        ...

    def rows(self, query: str) -> list[ResultRow]:
        """The rows of a query."""
        ...


def missing(migrations: Sequence[Migration], applied: dict[str, str], database: str) -> list[Migration]:
    """Those still to apply. ``applied``: name → checksum. Raises ``Stop`` for a changed file and for one not known here."""
    known = {migration.name: migration for migration in migrations}
    for name, applied_checksum in sorted(applied.items()):
        if name == READER_VIEWS:
            continue
        if name not in known:
            raise Stop(
                f"database {database} has had migration {name}, which this Baton does not know",
                "run the newer Baton that applied it, or use another database (BATON_CLICKHOUSE_DATABASE)",
            )
        if known[name].checksum != applied_checksum:
            raise Stop(
                f"migration {name} was changed after database {database} had it",
                f"restore sinks/migrations/{name} and put the change into a new file with the next number",
            )
    return [migration for migration in migrations if migration.name not in applied]


def migrate(
    database: Database, migrations: Sequence[Migration], say: Callable[[str], None], readers: str | None = None
) -> list[str]:
    """Bring the database up to date; safe to run twice. Returns the names applied now, each also passed to ``say``.

    ``readers``: the database of the readers' views; None makes none, and gives no access to any. Raises ``Stop`` for a changed
    or unknown migration, ``Retry`` when the warehouse is away.
    """
    # 1 the databases   2 what stood in the readers' before there were two   3 the ledger of migrations   4 what it has had
    database.create_database(database.database)
    if readers is not None:
        database.create_database(readers)
        _take_over(database, migrations, readers, say)
    database.execute(LEDGER)
    applied = {str(name): str(checksum) for name, checksum in database.rows("SELECT name, checksum FROM migrations FINAL")}
    names = []
    for migration in missing(migrations, applied, database.database):
        if migration.is_access and not _may_grant(database, migration, readers, say):
            continue
        # ClickHouse has no transactional DDL: a crash among these leaves a part, and each statement may run again.
        for statement in migration.statements:
            database.execute(statement.replace("{readers}", str(readers)) if migration.is_access else statement)
        _enter(database, migration.name, migration.checksum)
        say(migration.name)
        names.append(migration.name)
    if readers is not None:
        views = statements(relations(migrations), database.database, readers)
        ((there,),) = database.rows(f"SELECT count() FROM system.tables WHERE database = '{readers}' AND engine = 'View'")
        # Counted as well: the readers' database may have been dropped without the private one.
        if applied.get(READER_VIEWS) != checksum(views) or there < len(views):
            # A view that is private now may have been none before.
            gone = [f"DROP VIEW IF EXISTS `{readers}`.{name}" for name in sorted(PRIVATE_VIEWS)]
            for statement in (*gone, *views):
                database.execute(statement)
            _enter(database, READER_VIEWS, checksum(views))
            say(READER_VIEWS)
            names.append(READER_VIEWS)
    return names


def _enter(database: Database, name: str, applied_checksum: str) -> None:
    database.execute(
        # Only after the last statement. Two processes at once write the same line twice, which the table merges.
        f"INSERT INTO migrations (name, checksum) SETTINGS async_insert = 0 VALUES ('{name}', '{applied_checksum}')"
    )


def _may_grant(database: Database, migration: Migration, readers: str | None, say: Callable[[str], None]) -> bool:
    """Whether this account may make roles; where not, that is said each time, and the file is not entered as applied."""
    if readers is None:
        return False
    ((allowed,),) = database.rows(MAY_GRANT)
    if not allowed:
        say(f"{migration.name} skipped: this account may make no roles (the local engine has none)")
    return bool(allowed)


def _take_over(database: Database, migrations: Sequence[Migration], readers: str, say: Callable[[str], None]) -> None:
    """Move the tables of an installation from before there were two databases, the ledger last."""
    found = {str(name) for name, in database.rows(f"SELECT name FROM system.tables WHERE database = '{readers}' "
                                                  "AND engine LIKE '%MergeTree'")}  # fmt: skip
    if "migrations" not in found:
        return
    for name in sorted(relation.name for relation in relations(migrations) if relation.key):
        if name in found:
            database.execute(f"RENAME TABLE IF EXISTS `{readers}`.{name} TO `{database.database}`.{name}")
    # Views name the tables' database, so they are made anew where the tables now are, and go where they were.
    applied = {str(name) for (name,) in database.rows(f"SELECT DISTINCT name FROM `{readers}`.migrations")}
    views = [s for m in migrations if m.name in applied for s in m.statements if s.startswith("CREATE OR REPLACE VIEW")]
    for statement in views:
        database.execute(statement)
    database.execute(f"RENAME TABLE IF EXISTS `{readers}`.migrations TO `{database.database}`.migrations")
    say(f"tables moved from database {readers} to {database.database}")
