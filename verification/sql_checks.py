"""The SQL side of ``baton verify``: the published facts against the raw events they were made of, inside the warehouse."""

from collections.abc import Sequence
from functools import partial

from schemas.names import one_form
from sinks.ports import WarehouseReader
from verification.comparison import Check, not_compared
from verification.queries import query
from verification.steady import steady

OF_ITEMS = ("baton.item.", "baton.handoff.")
"""Types of the events that an item's fact counts."""
SUMS = ("reassignments", "bounces", "revisits", "assignment_changes", "moves", "surviving events")
AHEAD = "items have changed since; try again"
RENAMED = "all are of teams with several names, which the folds compare"
PUBLISHED = "SELECT partition, offset FROM progress ORDER BY partition"


def sql_checks(warehouse: WarehouseReader) -> list[Check]:
    """All checks, at the W each partition has published. Run it after ``baton wait``: rows on their way count as missing."""
    look = partial(warehouse.rows, PUBLISHED)
    return [check for ask in (_gaps, _broadcasts, _paths, _counts) for check in steady(look, partial(ask, warehouse))]


def _gaps(warehouse: WarehouseReader) -> list[Check]:
    checks = []
    for partition, oldest, _, offsets, present, missing, gaps in warehouse.rows(query("gaps")):
        note = f"records below offset {oldest} are older than the tables" if oldest else ""
        examples = tuple(f"offset {first}" if first == last else f"offsets {first} to {last}" for first, last in gaps)
        name = f"every offset of partition {partition} has a row or a dead letter"
        checks.append(Check(name, offsets, present, missing, examples, note, lost=True))
    return checks


def _broadcasts(warehouse: WarehouseReader) -> list[Check]:
    """Control records are in every partition, or a stranger wrote them under the clock's name where they count."""
    ((records, everywhere, found),) = warehouse.rows(query("broadcasts"))
    examples = tuple(
        f"{kind} of {subject}: in {_partitions(stands)}, not in {_partitions(lacks)}" for kind, subject, stands, lacks in found
    )
    return [Check("control records stand in every partition", records, everywhere, records - everywhere, examples)]


def _partitions(numbers: Sequence[int]) -> str:
    return f"partition{'s' * (len(numbers) > 1)} {', '.join(map(str, numbers))}"


def _paths(warehouse: WarehouseReader) -> list[Check]:
    # In the form in which events' columns hold them: records of names are kept as they were written.
    several = sorted({one_form(name) for (name,) in warehouse.rows(query("names_given"))} - {""})
    (found,) = warehouse.rows(query("item_paths_compared"), {"several": several})
    raw_items, fact_items, ahead, renamed, differences, raw_sums, fact_sums, examples = found
    notes = [f"{ahead} items have changed since and are left out"] if ahead else []
    if renamed:
        notes.append(f"{renamed} items of teams with several names are compared by folding them again, not here")
    if (ahead or renamed) and not (raw_items or fact_items):
        return [not_compared("item paths", ahead + renamed, AHEAD if ahead else RENAMED)]
    examples = tuple(map(_difference, examples))
    paths = Check("item paths", raw_items, fact_items, differences, examples, "; ".join(notes), ahead)
    return [paths, *(_sum(*sums) for sums in zip(SUMS, raw_sums, fact_sums, strict=True))]


def _sum(name: str, raw: int, fact: int) -> Check:
    return Check(name, raw, fact, abs(raw - fact))


def _difference(example: Sequence[str | Sequence[str]]) -> str:
    item, raw_path, fact_path = example
    if raw_path == fact_path:
        return f"{item}: the same path, {' > '.join(raw_path) or 'none'}, with other counts or times"
    return f"{item}: raw events say {' > '.join(raw_path) or 'no path'}, the fact says {' > '.join(fact_path) or 'no path'}"


def _counts(warehouse: WarehouseReader) -> list[Check]:
    """Surviving events of a partition, counted in the raw events and in its items' facts.

    Not compared for a partition of which an item has changed since: its facts count events that are not published for W.
    """
    surviving: dict[int, int] = {}
    for partition, event_type, _, _, survivors in warehouse.rows(query("counts_from_raw")):
        if event_type.startswith(OF_ITEMS):
            surviving[partition] = surviving.get(partition, 0) + survivors
    checks = []
    for partition, events, ahead in warehouse.rows(query("counts_from_facts")):
        name, counted = f"surviving events of partition {partition}", surviving.get(partition, 0)
        if ahead:
            checks.append(not_compared(name, max(counted, events), AHEAD))
        else:
            checks.append(Check(name, counted, events, abs(counted - events)))
    return checks
