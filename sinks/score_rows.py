"""Records of the scores topic → rows, column by column: one row a score, its results in arrays. Pure; times are ms UTC."""

from collections.abc import Iterable, Sequence
from operator import attrgetter

from broker.records import PartitionRecord
from schemas.record_codec import decode_score_or_watermark
from schemas.structs.scores import Result, Score
from schemas.structs.watermarks import Watermark
from schemas.topics import SCORES
from sinks.columns import Column, columns_of, generations
from sinks.ports import Block
from sinks.tables import RESULT_COLUMNS, SCORE_ROWS, SCORE_WATERMARK_HISTORY, SCORE_WATERMARKS
from sinks.watermark_rows import WatermarkRows, rows_of_watermarks

_HEAD = ("scope", "parts", "window", "end", "refresh", "version", "partition", "w", "label")
_result_cells = attrgetter(*RESULT_COLUMNS)
_NO_RESULTS: tuple[tuple[object, ...], ...] = ((),) * len(RESULT_COLUMNS)


def rows_of_scores(records: Iterable[PartitionRecord]) -> tuple[Block, WatermarkRows]:
    """Rows of score_rows, and of the tables of the scores' watermarks.

    Raises ``msgspec.MsgspecError`` for what Baton did not write, naming the record: that is a bug, not input.
    """
    scores: list[Score] = []
    marks: list[Watermark] = []
    for record in records:
        try:
            decoded = decode_score_or_watermark(record.value or b"")
        except Exception as error:
            error.add_note(f"{SCORES} partition {record.partition} offset {record.offset}")
            raise
        if isinstance(decoded, Score):
            scores.append(decoded)
        else:
            marks.append(decoded)
    versions = generations([score.version for score in scores])
    results = columns_of_results([score.results for score in scores])
    rows = Block(SCORE_ROWS.name, SCORE_ROWS.columns, [versions, *columns_of(scores, _HEAD), *results])
    return rows, rows_of_watermarks(marks, SCORE_WATERMARK_HISTORY, SCORE_WATERMARKS)


def columns_of_results(results: Sequence[Sequence[Result]]) -> list[Column]:
    """The columns of ``RESULT_COLUMNS``: in each for every score an array over its results; no reason is an empty text."""
    # A score without results (a scope that became empty) still needs its arrays, or the columns would shift.
    each = [list(zip(*map(_result_cells, of_one), strict=True)) or _NO_RESULTS for of_one in results]
    columns: list[Column] = [list(column) for column in zip(*each, strict=True)] or [[] for _ in RESULT_COLUMNS]
    columns[-1] = [[result.reason or "" for result in of_one] for of_one in results]
    return columns
