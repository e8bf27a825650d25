"""What the tables hold of facts and scores, brought back to the shape it had on the topics: key, version, content."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from schemas.keys import fact_key, score_key
from schemas.record_codec import encode_record
from schemas.scores import Label
from schemas.structs.facts import HandoffFact, IntakeFact, ItemFact, OfferLine, OutcomeFact, RatingGroupFact, Verdict, VoteFact
from schemas.structs.scores import Result
from sinks.clickhouse import ClickHouse, NamedRow
from sinks.ports import Parameters
from sinks.tables import (
    GROUP_BODY_COLUMNS,
    HANDOFF_BODY_COLUMNS,
    ITEM_BODY_COLUMNS,
    OFFER_COLUMNS,
    OUTCOME_BODY_COLUMNS,
    RESULT_COLUMNS,
    VERDICT_BODY_COLUMNS,
    VOTE_BODY_COLUMNS,
)
from verification.comparison import Streamed
from verification.words import ScoreContent

_PAGE = 50_000
_TIMES = frozenset(
    {
        *("due_at", "opened_at", "last_event_at", "resolved_at", "closed_at", "requested_at", "completed_at", "cancelled_at"),
        *("delivered_at", "at", "pane"),
    }
)
_TIME_ARRAYS = frozenset(
    {"path_at", "offered_at", "accepted_at", "returned_at", "passed_on_at", "offer_told_at", "accepted_until"}
)
_EMPTY_IS_NONE = {
    "item_facts": frozenset({"holder", "status", "deliverable"}),
    "handoff_facts": frozenset({"due_from"}),
    "vote_facts": frozenset({"handoff"}),
    "rating_group_facts": frozenset({"deliverable"}),
}
FactBody: TypeAlias = ItemFact | HandoffFact | VoteFact | RatingGroupFact | OutcomeFact | IntakeFact | Verdict


@dataclass(frozen=True)
class Kind:
    """Facts of one table. ``ids``: SQL for (subject, source, id); ``columns`` of the body, which ``body`` makes of a row."""

    table: str
    ids: tuple[str, str, str]
    columns: tuple[str, ...]
    body: Callable[[NamedRow], FactBody]
    word: str = ""

    def cells(self) -> str:
        """What is asked of the table, each under its own name."""
        return ", ".join(f"{self._cell(column)} AS {column}_" for column in self.columns)

    def _cell(self, column: str) -> str:
        if column in _TIMES:
            return f"toUnixTimestamp64Milli({column})"
        if column in _TIME_ARRAYS:
            return f"arrayMap(t -> toUnixTimestamp64Milli(t), {column})"
        return f"nullIf(toString({column}), '')" if column in _EMPTY_IS_NONE.get(self.table, ()) else column


def _handoff(row: NamedRow) -> HandoffFact:
    row["reasons"] = [reason or None for reason in row["reasons"]]
    lines = zip(*(row.pop(column) for column in OFFER_COLUMNS), strict=True)
    return HandoffFact(**row, offers=[OfferLine(**dict(zip(OFFER_COLUMNS.values(), line, strict=True))) for line in lines])


KINDS: tuple[Kind, ...] = (
    Kind("item_facts", ("item", "''", "''"), ITEM_BODY_COLUMNS, lambda row: ItemFact(**row), "item"),
    Kind("handoff_facts", ("item", "source", "id"), (*HANDOFF_BODY_COLUMNS, *OFFER_COLUMNS), _handoff, "handoff"),
    Kind("vote_facts", ("subject", "source", "id"), VOTE_BODY_COLUMNS, lambda row: VoteFact(**row), "vote"),
    Kind(
        "rating_group_facts", ("subject", "''", "id"), GROUP_BODY_COLUMNS, lambda row: RatingGroupFact(**row), "rating_group"
    ),
    Kind("outcome_facts", ("item", "''", "''"), OUTCOME_BODY_COLUMNS, lambda row: OutcomeFact(**row), "outcome"),
    Kind(
        "intake_facts",
        ("source", "toString(partition)", "toString(toUnixTimestamp64Milli(pane))"),
        ("pane", "counts"),
        lambda row: IntakeFact(**row),
        "intake",
    ),
    Kind("verdict_facts", ("subject", "source", "id"), VERDICT_BODY_COLUMNS, lambda row: Verdict(**row)),
)
"""Every kind of fact; of a verdict the word of its key is the verdict's own."""
_OF = "generation = {generation:UInt32} AND partition = {partition:UInt16}"


def facts(warehouse: ClickHouse, generation: int, partition: int) -> Iterator[Sequence[Streamed]]:
    """The facts of an events partition, page by page."""
    where = {"generation": generation, "partition": partition}
    for kind in KINDS:
        subject, source, id = kind.ids
        query = (
            f"SELECT {subject} AS id_1, {source} AS id_2, {id} AS id_3, version, {kind.cells()} FROM {kind.table} FINAL "
            f"WHERE {_OF} AND cityHash64(id_1, id_2, id_3) % {{pages:UInt32}} = {{page:UInt32}}"
        )
        for page in _pages(warehouse, kind.table, query, where):
            yield [_fact(kind, row) for row in page]


def _fact(kind: Kind, row: NamedRow) -> Streamed:
    subject, source, id, version = (row.pop(name) for name in ("id_1", "id_2", "id_3", "version"))
    body = kind.body({name.removesuffix("_"): cell for name, cell in row.items()})
    word = body.verdict if isinstance(body, Verdict) else kind.word
    return fact_key(word, subject, source, id), version, encode_record(body)


def facts_since(warehouse: ClickHouse, generation: int, partition: int, limit: int) -> set[bytes]:
    """Keys of the facts that were written, or taken away, with a version above ``limit``."""
    where = {"generation": generation, "partition": partition, "limit": limit}
    # Without FINAL: a row that was replaced since counts, for its key has moved on.
    found: set[bytes] = set()
    for kind in KINDS:
        word = f"'{kind.word}'" if kind.word else "toString(verdict)"
        query = f"SELECT DISTINCT {word}, {', '.join(kind.ids)} FROM {kind.table} WHERE {_OF} AND version > {{limit:UInt64}}"
        found.update(fact_key(*row) for row in warehouse.rows(query, where))
    return found


_SCORE_KEY = "scope, parts, window, toUnixTimestamp64Milli(window_end) AS end_ms, refresh"


def scores(warehouse: ClickHouse, generation: int, partition: int) -> Iterator[Sequence[Streamed]]:
    """The scores of a contributions partition, page by page; the content is label and results."""
    query = (
        f"SELECT {_SCORE_KEY}, version, label, {', '.join(f'{column} AS {column}_' for column in RESULT_COLUMNS)} "
        f"FROM score_rows FINAL WHERE {_OF} "
        "AND cityHash64(scope, parts, window, end_ms, refresh) % {pages:UInt32} = {page:UInt32}"
    )
    for page in _pages(warehouse, "score_rows", query, {"generation": generation, "partition": partition}):
        yield [_score(row) for row in page]


def _score(row: NamedRow) -> Streamed:
    key = score_key(row["scope"], row["parts"], row["window"], row["end_ms"], row["refresh"])
    lines = zip(*(row[f"{column}_"] for column in RESULT_COLUMNS), strict=True)
    results = [Result(**{**dict(zip(RESULT_COLUMNS, line, strict=True)), "reason": line[-1] or None}) for line in lines]
    return key, row["version"], score_content(row["label"], results)


def score_content(label: Label, results: list[Result]) -> bytes:
    """What of a score is compared: its label and results; the rest is its key and version."""
    return encode_record(ScoreContent(label, results))


def scores_since(warehouse: ClickHouse, generation: int, partition: int, limit: int) -> set[bytes]:
    """Keys of the scores that were written with a version above ``limit``."""
    query = f"SELECT DISTINCT {_SCORE_KEY} FROM score_rows WHERE {_OF} AND version > {{limit:UInt64}}"
    rows = warehouse.rows(query, {"generation": generation, "partition": partition, "limit": limit})
    return {score_key(*row) for row in rows}


def _pages(warehouse: ClickHouse, table: str, query: str, where: Parameters) -> Iterator[list[NamedRow]]:
    # By hash and not by LIMIT: pages of a table that is written meanwhile must not overlap or miss a key.
    ((count,),) = warehouse.rows(f"SELECT count() FROM {table} WHERE {_OF}", where)
    pages = count // _PAGE + 1
    for page in range(pages):
        yield warehouse.table(query, {**where, "pages": pages, "page": page})
