"""Case 30: a team was renamed, and an export gives open tickets the new name."""

from collections.abc import Callable
from pathlib import Path

import pytest

from broker.records import ProducerRecord
from producers.importers.mapping import Mapping, load
from producers.teams.team_names import Alias, changes_to
from schemas.event_codec import make
from schemas.events import TICK
from schemas.topics import EVENTS
from tests.oracles.folding import NOW, PARTITIONS, Folded, everything, imported

pytestmark = pytest.mark.real
Real = Callable[[str], Path]
NOVEMBER_3 = 1_793_664_000_000


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


@pytest.mark.guard("team names")
def test_a_map_of_names_makes_a_rename_no_handoff(real_logs: Real) -> None:
    """The export as it is, and the clock's word that the name changed on that day: custody stays with one team."""
    log = imported([real_logs("cases/30.csv")], load(real_logs("cases/30.yaml")))
    (change,) = changes_to([Alias("Network", "Network Operations", NOVEMBER_3)], {}, [], NOW)
    assert change.request is not None
    w = NOW + 60_000
    tick = make(TICK, id=str(w), source="baton/clock", subject="clock", time_ms=w, body={})
    for partition in range(PARTITIONS):
        log.append(change.request._replace(topic=EVENTS, key=b"clock", partition=partition))
        log.append(ProducerRecord(EVENTS, b"clock", tick, partition=partition))
    found = everything(log)
    assert found.of("handoff") == []
    assert [item.path for item in found.of("item")] == [["Network"]] * 3


@pytest.mark.control("team names")
def test_without_the_word_a_team_hands_over_to_itself(real_logs: Real) -> None:
    """Negative control: each ticket is a handoff from the old name to the new one."""
    found = read_with(real_logs, {})
    assert [(h.supplier, h.customer) for h in found.of("handoff")] == [("Network", "Network Operations")] * 3
