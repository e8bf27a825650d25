"""Case 30: a team was renamed, and an export gives open tickets the new name."""

from collections.abc import Callable
from pathlib import Path

import pytest

from producers.importers.mapping import Mapping, load
from tests.oracles.folding import Folded, everything, imported

pytestmark = pytest.mark.real
Real = Callable[[str], Path]


def read_with(real_logs: Real, words: dict[str, str]) -> Folded:
    """All that stands after the export, its teams read with these words."""
    mapping: Mapping = load(real_logs("cases/30.yaml"))
    team = mapping.team.model_copy(update={"words": words})
    return everything(imported([real_logs("cases/30.csv")], mapping.model_copy(update={"team": team})))


def test_a_word_for_the_old_name_makes_a_rename_no_handoff(real_logs: Real) -> None:
    """With both names one team nothing was handed over, and the path is one team."""
    found = read_with(real_logs, {"Network": "Network Operations"})
    assert found.of("handoff") == []
    assert [item.path for item in found.of("item")] == [["Network Operations"]] * 3


def test_without_the_word_a_team_hands_over_to_itself(real_logs: Real) -> None:
    """Negative control: each ticket is a handoff from the old name to the new one."""
    found = read_with(real_logs, {})
    assert [(h.supplier, h.customer) for h in found.of("handoff")] == [("Network", "Network Operations")] * 3
