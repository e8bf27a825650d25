"""What lags, computed from positions and published ticks."""

from collections.abc import Mapping
from typing import Any

import pytest

from baton.lag.stage_lag import query, stage_lags, unfinished
from broker.records import TopicPartition
from schemas.topics import CONTRIBUTIONS, DEAD_LETTERS, EVENTS


class Answers:
    """A warehouse that knows the answers to the shipped questions."""

    def __init__(
        self, positions: list[Any], published: list[Any], idle: int = 0, scores: list[Any] | None = None, behind: int = 0
    ) -> None:
        self._answers = {
            query("positions"): positions,
            query("published"): published,
            query("idle_ticks"): [(idle,)],
            query("scores_published"): scores or [],
            query("tick_behind"): [(behind,)],
        }

    def rows(self, query: str, parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        return list(self._answers[query])


E0, E1, DEAD = TopicPartition(EVENTS, 0), TopicPartition(EVENTS, 1), TopicPartition(DEAD_LETTERS, 0)


@pytest.mark.parametrize(
    ("positions", "published", "idle", "left"),
    [
        pytest.param([], [], 0, {(E0, "sink"): 10, (E0, "worker"): 10, (DEAD, "sink"): 2}, id="nothing yet"),
        pytest.param([(*E0, 10), (*DEAD, 2)], [], 0, {(E0, "worker"): 10}, id="no facts"),
        pytest.param([(*E0, 10), (*DEAD, 2)], [(0, 1, 7, 5)], 0, {(E0, "worker"): 2}, id="the tick is too old"),
        pytest.param([(*E0, 10), (*DEAD, 2)], [(0, 1, 9, 5)], 0, {}, id="the last record is the tick"),
        pytest.param([(*E0, 12), (*DEAD, 3)], [(0, 1, 11, 5)], 0, {}, id="beyond what was asked"),
        pytest.param([(*E0, 10), (*DEAD, 2)], [(0, 1, 7, 5)], 2, {}, id="only ticks that say nothing new follow"),
        pytest.param([(*E0, 9), (*DEAD, 2)], [(0, 1, 9, 5)], 0, {(E0, "sink"): 1}, id="facts are ahead of raw events"),
        pytest.param([(*E0, 10), (*DEAD, 2)], [(0, 1, -1, 5)], 0, {(E0, "worker"): 10}, id="a target lacks its watermark"),
        pytest.param([(*E0, 10), (*DEAD, 1)], [(0, 1, 9, 5)], 0, {(DEAD, "sink"): 1}, id="a dead letter is on its way"),
    ],
)
def test_what_is_left(positions: list[Any], published: list[Any], idle: int, left: dict[Any, int]) -> None:
    """Each stage of each partition tells how many records it still has to do, and nothing else lags."""
    lags = stage_lags(Answers(positions, published, idle), {E0: 10, E1: 0, DEAD: 2}, 1)
    assert {(lag.topic_partition, lag.stage): lag.left for lag in unfinished(lags)} == left
    assert [str(lag) for lag in unfinished(lags)] == [str(lag) for lag in sorted(unfinished(lags), key=lambda lag: -lag.left)]


C0, C1 = TopicPartition(CONTRIBUTIONS, 0), TopicPartition(CONTRIBUTIONS, 1)


@pytest.mark.parametrize(
    ("published", "scores", "left"),
    [
        pytest.param([], [], {(E0, "worker"): 10}, id="no facts, so no scores are due"),
        pytest.param([(0, 1, 9, 5)], [], {(C0, "scores"): 7, (C1, "scores"): 4}, id="no scores"),
        pytest.param([(0, 1, 9, 5)], [(0, 4, 5), (1, 5, 3)], {(C0, "scores"): 1}, id="one partition is behind"),
        pytest.param([(0, 1, 9, 5)], [(0, 5, 6), (1, 9, 3)], {}, id="all have come to the tick behind the events"),
        pytest.param([(0, 1, 9, 5)], [(0, -1, 6), (1, 5, 3)], {(C0, "scores"): 1}, id="a target lacks its watermark"),
    ],
)
def test_scores_must_have_come_as_far_as_the_facts(published: list[Any], scores: list[Any], left: dict[Any, int]) -> None:
    """Of each contributions partition there must be scores of the W of the tick behind all the events asked for."""
    answers = Answers([(*E0, 10)], published, scores=scores, behind=5)
    lags = stage_lags(answers, {E0: 10, C0: 7, C1: 4}, 1)
    assert {(lag.topic_partition, lag.stage): lag.left for lag in unfinished(lags)} == left
    assert all(lag.stage == "scores" for lag in lags if lag.topic_partition in (C0, C1))


def test_lines_for_people_name_who_and_where() -> None:
    """A lag says whose turn it is, where, and how much is left."""
    (sink, worker, dead) = unfinished(stage_lags(Answers([], []), {E0: 10, DEAD: 2}, 1))
    assert str(sink) == "sink: baton.events.v1 partition 0: 10 records are not in the tables yet"
    assert str(worker) == "worker: baton.events.v1 partition 0: no facts yet for its last 10 records"
    (scores,) = unfinished(stage_lags(Answers([(*E0, 1)], [(0, 1, 0, 5)], behind=5), {E0: 1, C0: 3}, 1))
    assert str(scores) == "scores: baton.contributions.v1 partition 0: no scores yet for its last 3 records"
    assert str(dead) == "sink: baton.dead-letters.v1 partition 0: 2 records are not in the tables yet"
