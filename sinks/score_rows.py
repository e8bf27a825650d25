"""Records of the scores topic → rows, column by column: one row a score, its results in arrays. Pure; times are ms UTC."""

from collections.abc import Iterable
from operator import attrgetter
from typing import Any, NamedTuple

from broker.records import PartitionRecord
from schemas.scores import SCORE, decode_score
from sinks.columns import columns_of, generations, marks_and_ticks
from sinks.ports import Block
from sinks.tables import RESULT_COLUMNS, SCORE_ROWS, SCORE_WATERMARK_HISTORY, SCORE_WATERMARKS

_HEAD = ("scope", "parts", "window", "end", "refresh", "version", "partition", "w", "label")
_results = attrgetter(*RESULT_COLUMNS)
_NONE: tuple[tuple[Any, ...], ...] = ((),) * len(RESULT_COLUMNS)


class ScoreRows(NamedTuple):
    """Rows of one stretch of the scores topic. ``watermarks`` may be written only after all the others."""

    scores: Block
    history: Block
    watermarks: Block


def rows_of_scores(records: Iterable[PartitionRecord]) -> ScoreRows:
    """Rows of score_rows, score_watermark_history and score_watermarks.

    Raises ``msgspec.MsgspecError`` for what Baton did not write, naming the record: that is a bug, not input.
    """
    scores: list[Any] = []
    marks: list[Any] = []
    for record in records:
        try:
            score = decode_score(record.value)  # type: ignore[arg-type]  # a null value raises like any other
        except Exception as error:
            error.add_note(f"baton.scores.v1 partition {record.partition} offset {record.offset}")
            raise
        (scores if type(score) is SCORE else marks).append(score)
    head = columns_of(scores, _HEAD)
    results = columns_of_results([score.results for score in scores])
    watermarks, steps = marks_and_ticks(marks)
    return ScoreRows(
        Block(SCORE_ROWS.name, SCORE_ROWS.columns, [generations(head[5]), *head, *results]),
        Block(SCORE_WATERMARK_HISTORY.name, SCORE_WATERMARK_HISTORY.columns, steps),
        Block(SCORE_WATERMARKS.name, SCORE_WATERMARKS.columns, watermarks),
    )


def columns_of_results(results: list[list[Any]]) -> list[list[Any]]:
    """The columns of ``RESULT_COLUMNS``: in each for every score an array over its results; no reason is an empty text."""
    each = [list(zip(*map(_results, of_one), strict=True)) or _NONE for of_one in results]
    columns: list[list[Any]] = [list(column) for column in zip(*each, strict=True)] or [[] for _ in RESULT_COLUMNS]
    columns[-1] = [[reason or "" for reason in reasons] for reasons in columns[-1]]
    return columns
