"""What readers see: views in a database of their own over the private one, which has all tables (``docs/warehouse.md``).

No single vote is in any of them. They are made anew from the private views whenever one of those is another.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sinks.warehouse_relations import Column, Relation

PRIVATE_VIEWS = frozenset({"votes"})
"""Views that readers don't get."""
# Columns by ``d.``: by its bare name one that is hidden would be judged by what stands in its place.
_RATING = "startsWith(d.type, 'baton.rating.')"
# A record that can't be read may still be a rating that somebody sent wrongly: in an encoding nobody knows, names escaped.
_WORDS = r"(?i)rating|rater|effectiveness|consistency|data_base64|\\\\u00"
_MAY_BE_VOTE = (
    f"match(concat(ifNull(d.value, ''), toString(d.headers)), '{_WORDS}') "
    "OR NOT isValidUTF8(ifNull(d.value, '')) OR position(ifNull(d.key, ''), ' > ') > 0"
)


class Instead(NamedTuple):
    """What readers get in a column's place, as an expression, and what is said of it."""

    expression: str
    said: str


class Hidden(NamedTuple):
    """Of a view: columns that readers don't get, and what they get in the place of others."""

    columns: frozenset[str] = frozenset()
    instead: Mapping[str, Instead] = {}


_OF_RATINGS = {
    "value": Instead(f"if({_RATING}, '', d.value)", "of ratings empty"),
    "headers": Instead(f"if({_RATING}, map(), d.headers)", "of ratings none"),
}
HIDDEN: Mapping[str, Hidden] = {
    "events": Hidden(frozenset({"rater", "team", "effectiveness", "consistency", "kind", "period"}), _OF_RATINGS),
    "beyond_cap": Hidden(instead=_OF_RATINGS),
    "dead_letters": Hidden(
        instead={
            "key": Instead(f"if({_MAY_BE_VOTE}, NULL, d.key)", "null where it may hold a vote"),
            "value": Instead(f"if({_MAY_BE_VOTE}, NULL, d.value)", "null where it may hold a vote"),
            "headers": Instead(f"if({_MAY_BE_VOTE}, map(), d.headers)", "none where it may hold a vote"),
        }
    ),
}


def reader_views(relations: Sequence[Relation]) -> list[Relation]:
    """The views of readers, from all relations of the private database."""
    found = []
    for relation in relations:
        if relation.key or relation.name in PRIVATE_VIEWS:
            continue
        hidden = HIDDEN.get(relation.name, Hidden())
        shown = [column for column in relation.columns if column.name not in hidden.columns]
        found.append(relation._replace(columns=tuple(_told(column, hidden.instead) for column in shown)))
    return found


def _told(column: Column, instead: Mapping[str, Instead]) -> Column:
    return column._replace(about=f"{column.about}; {instead[column.name].said}") if column.name in instead else column


def statements(relations: Sequence[Relation], private: str, readers: str) -> list[str]:
    """What makes them in the database ``readers``, run in the database ``private``."""
    return [_statement(view, private, readers) for view in reader_views(relations)]


def checksum(made: Sequence[str]) -> str:
    """Stands for statements in the ledger."""
    return hashlib.sha256("\n".join(made).encode()).hexdigest()


def _statement(view: Relation, private: str, readers: str) -> str:
    instead = HIDDEN.get(view.name, Hidden()).instead
    columns = ",\n".join(f"    {c.name} {c.type} COMMENT {_quoted(c.about)}" for c in view.columns)
    taken = ", ".join(
        f"{instead[c.name].expression} AS {c.name}" if c.name in instead else f"d.{c.name}" for c in view.columns
    )
    # The definer is the account that migrates: who reads needs no grant on the private database.
    if view.parameters:
        # Itself, and not a view over it: each more takes the engine as long again to analyse. What it reads without a
        # database's name is taken from the one where this is run, the private one.
        return view.statement.replace(f"VIEW {view.name}\n", f"VIEW `{readers}`.{view.name}\n", 1).replace(
            "\n)\nAS\n", "\n)\nSQL SECURITY DEFINER\nAS\n", 1
        )
    return (
        f"CREATE OR REPLACE VIEW `{readers}`.{view.name}\n(\n{columns}\n)\nSQL SECURITY DEFINER\n"
        f"AS SELECT {taken} FROM `{private}`.{view.name} AS d\nCOMMENT {_quoted(view.about)}"
    )


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
