"""Who holds a record up: the worker, the sink that lacks what was made of it, or the clock whose tick is missing."""

from collections.abc import Collection, Mapping

import pytest

from baton.lag.blame import blamed, only_a_tick, what_brings_it
from baton.lag.process_lags import records_behind
from baton.lag.stage_lag import StageLag
from broker.records import TopicPartition
from schemas.topics import CONTRIBUTIONS, EVENTS, FACTS, SCORES

E0, C0 = TopicPartition(EVENTS, 0), TopicPartition(CONTRIBUTIONS, 0)


@pytest.mark.parametrize(
    ("waiting", "committed", "ticks", "want"),
    [
        pytest.param((), {}, {}, {"worker": 6}, id="nobody knows better"),
        pytest.param((), {E0: 10}, {}, {"worker": 6}, id="an offset of an older generation, and nothing waits for the sink"),
        pytest.param((FACTS,), {E0: 10}, {}, {"sink": 6}, id="all is done, and its facts wait for the sink"),
        pytest.param((FACTS,), {E0: 7}, {}, {"sink": 3, "worker": 3}, id="half of it is done"),
        pytest.param((FACTS,), {E0: 3}, {}, {"worker": 6}, id="what it says is done is in the tables"),
        pytest.param((SCORES,), {E0: 10}, {}, {"worker": 6}, id="the sink lacks other records"),
        pytest.param((), {}, {E0: 9}, {"worker": 6}, id="a tick stands behind them"),
        pytest.param((), {}, {E0: 3}, {"clock": 6}, id="no tick does"),
        pytest.param((), {}, {E0: -1}, {"clock": 6}, id="there never was one"),
        pytest.param((), {}, {E0: 6}, {"worker": 3, "clock": 3}, id="one stands among them"),
        pytest.param((FACTS,), {E0: 6}, {E0: 7}, {"sink": 2, "worker": 2, "clock": 2}, id="all three"),
    ],
)
def test_each_part_of_a_lag_has_its_stage(
    waiting: Collection[str],
    committed: Mapping[TopicPartition, int],
    ticks: Mapping[TopicPartition, int],
    want: dict[str, int],
) -> None:
    """Four of ten events have facts in the tables; the parts of the other six are as many as they."""
    parts = list(blamed(StageLag(E0, "worker", 4, 10), waiting, committed, ticks))
    assert {part.stage: part.left for part in parts if part.left} == want
    assert (sum(part.reached for part in parts), sum(part.wanted for part in parts)) == (4, 10)


def test_scores_that_wait_for_the_sink_are_the_sinks() -> None:
    """As facts are; records made of others are counted once, where they come from."""
    (sink, scores) = blamed(StageLag(C0, "scores", 1, 9), (SCORES,), {C0: 9}, {})
    assert (
        str(sink)
        == "sink: baton.contributions.v1 partition 0: the scores of 8 records were made and are not in the tables yet"
    )
    assert scores.left == 0
    assert records_behind([StageLag(E0, "sink", 4, 10), sink]) == {"clock": 0, "worker": 0, "scores": 0, "sink": 6}


def test_what_waits_for_a_tick_is_told_whence_it_comes() -> None:
    """In a log home from the next import; a live home's clock sends it by itself."""
    waits, works = StageLag(E0, "clock", 0, 3), StageLag(E0, "worker", 4, 10)
    assert str(waits) == "baton.events.v1 partition 0: no tick stands behind its last 3 records yet, so they count nowhere"
    assert "the next `baton import` brings the tick" in what_brings_it([works, waits], "log")
    assert what_brings_it([waits], "live") == what_brings_it([works], "log") == ""
    assert only_a_tick([waits]) and not only_a_tick([works, waits]) and not only_a_tick([])
