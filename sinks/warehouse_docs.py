"""``docs/warehouse.md``: every table, view and column with its comment, made from the migrations.

``python -m sinks.warehouse_docs`` writes it, ``--check`` fails when it is out of date.
"""

import sys
from collections.abc import Iterable
from pathlib import Path

from sinks.migrate import LEDGER
from sinks.migration_files import parse, read
from sinks.reader_views import reader_views
from sinks.warehouse_relations import Relation, relations

PAGE = Path(__file__).parent.parent / "docs" / "warehouse.md"
_HEAD = """# The warehouse

Made from the comments in `sinks/migrations` by `python -m sinks.warehouse_docs`; don't edit it by hand. In ClickHouse the
same comments stand in `system.tables` and `system.columns`; of views that are called with values, in `SHOW CREATE VIEW`.

**Views for readers** stand in the database that `BATON_CLICKHOUSE_DATABASE` names (`baton`), with `SQL SECURITY DEFINER`: no
single vote is in any of them. `baton sql` reads there. **Everything else** stands in the database of that name with `_private`
behind it: all tables, each of these views in full, and those that readers don't get. `baton sql --private` reads there, on
record in `audit`. The tables are versioned upserts: they hold every write until ClickHouse merges it away, rows of older and
of unfinished generations included, so a count over a table is not a count of things.
"""


def page(found: Iterable[Relation]) -> str:
    """The page, views first."""
    listed = list(found)
    lines = [_HEAD]
    readers = reader_views(listed)
    public = {view.name for view in readers}
    hidden = [r for r in listed if not r.key and r.name not in public]
    tables = [r for r in listed if r.key]
    for title, those in (("Views for readers", readers), ("Private views", hidden), ("Private tables", tables)):
        lines.append(f"## {title}\n")
        for relation in those:
            lines += [f"### {relation.name}\n", f"{relation.about}.\n"]
            if relation.key:
                lines.append(f"Key: {relation.key.strip('()')}.\n")
            if relation.parameters:
                asked = ", ".join(f"{name} ({kind})" for name, kind in relation.parameters.items())
                lines.append(f"Called with: {asked}.\n")
            lines += ["| column | type | meaning |", "|---|---|---|"]
            lines += [f"| {c.name} | {c.type} | {c.about.replace('|', chr(92) + '|')} |" for c in relation.columns]
            lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def main(words: list[str]) -> int:
    """Write the page, or with ``--check`` say whether it is as it should be: exit code 0 or 1."""
    text = page(relations([*read(), parse("ledger", LEDGER)]))
    if "--check" not in words:
        PAGE.write_text(text, encoding="utf-8")
        return 0
    if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == text:
        return 0
    sys.stderr.write("docs/warehouse.md is out of date\n  mend: python -m sinks.warehouse_docs\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
