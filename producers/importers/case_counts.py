"""What the rows of a log held, by the texts that stand in them."""

from collections import Counter
from dataclasses import dataclass, field

MAX_TEXTS = 1000
MAX_TEAMS = 100_000
OTHERS = "(others)"
"""Stands for the texts behind the first ``MAX_TEXTS``."""
_MAX_EXAMPLE_LINES = 3


def add_capped(counter: Counter[str], text: str, most: int = MAX_TEXTS) -> str:
    """Count a row with ``text``; gives the text it is counted under."""
    text = text if text in counter or len(counter) < most else OTHERS
    counter[text] += 1
    return text


class Tally(Counter[str]):
    """Rows by a text of theirs, with the first lines of each. Of very many texts the later ones are one."""

    def __init__(self) -> None:
        super().__init__()
        self.first_lines: dict[str, list[int]] = {}

    def add(self, text: str, line: int) -> None:
        """Count a row at ``line``."""
        text = add_capped(self, text)
        lines = self.first_lines.setdefault(text, [])
        if len(lines) < _MAX_EXAMPLE_LINES:
            lines.append(line)


@dataclass
class CaseCounts:
    """What the rows held. ``unmapped``: by status word that the mapping lacks; ``not_due``: by text that is no due time.

    ``reasons``: by reason; ``returned_to``: rejections by the team they name;
    ``no_sequence``: by text that is no whole number; ``repeated_rows``: those with the identity of one before in their case.
    ``words``: rows by status word that it has; ``unassigned``: by cell that means no team. ``ties``: rows at the time of the
    row before. ``repeated_hour``: rows in an hour that came twice, ``second_hour`` those of them that can only be of its
    second time; ``skipped_hour``: rows in one that never came. ``team_words``, ``deliverable_words``: rows by cell that the
    mapping translates.
    """

    items: int = 0
    moved: int = 0
    time_clamped: int = 0
    ties: int = 0
    repeated_hour: int = 0
    second_hour: int = 0
    skipped_hour: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    words: Counter[str] = field(default_factory=Counter)
    unmapped: Tally = field(default_factory=Tally)
    not_due: Tally = field(default_factory=Tally)
    reasons: Tally = field(default_factory=Tally)
    returned_to: Tally = field(default_factory=Tally)
    no_team: Tally = field(default_factory=Tally)
    no_sequence: Tally = field(default_factory=Tally)
    repeated_rows: Tally = field(default_factory=Tally)
    teams: Counter[str] = field(default_factory=Counter)
    unassigned: Counter[str] = field(default_factory=Counter)
    team_words: Counter[str] = field(default_factory=Counter)
    deliverables: Counter[str] = field(default_factory=Counter)
    deliverable_words: Counter[str] = field(default_factory=Counter)
