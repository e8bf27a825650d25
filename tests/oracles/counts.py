"""What the real logs say themselves (data/SOURCES.md). Each pair: the sum over all items, and the items with at least one."""

from typing import NamedTuple

Both = tuple[int, int]


class Counts(NamedTuple):
    """Figures of one log under one reading; reopens and assignment changes where SOURCES.md has them."""

    reassignments: Both
    bounces: Both
    revisits: Both
    reopens: Both | None = None
    assignment_changes: Both | None = None


UCI_COUNTS = Counts((19_087, 9_575), (3_675, 2_216), (4_973, 2_628), (331, 275), (23_321, 11_344))
UCI_ITEMS = 24_918
UCI_REASSIGNMENT_COUNTS = 23_414
"""The sum of ServiceNow's own reassignment_count over the incidents."""
BPIC_COUNTS = Counts((9_454, 3_820), (2_394, 1_177), (3_286, 1_258), (580, 514))
BPIC_BY_LINE = Counts((4_350, 2_034), (1_876, 883), (2_058, 891))
BPIC_ITEMS = 7_554
