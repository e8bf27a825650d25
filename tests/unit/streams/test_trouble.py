"""What keeps a partition from publishing is said in words, as long as it lasts."""

from collections import Counter
from typing import Any, cast

import pytest

from streams.engine.tick_filter import ALARM_MS
from streams.journeys.event_cuts import EventCuts
from streams.journeys.fold import Journeys
from streams.journeys.placement import Placement
from tests.laws.histories import T0, Rec, tick


class NoFold:
    """A fold nobody asks anything."""

    def __init__(self) -> None:
        self.counters: Counter[str] = Counter()


@pytest.mark.guard("clock")
def test_refused_ticks_are_a_trouble_until_one_is_accepted() -> None:
    """A clock that went wrong shows in words with the counts; the first accepted tick takes them away."""
    intake: Any = EventCuts(cast(Journeys, NoFold()), Placement(0, 1), T0)

    def take(offset: int, w: int, appended: int) -> Any:
        return intake.take(Rec(offset, appended, b"clock", tick(w)))

    take(0, T0, T0)
    assert intake.trouble == ""
    take(1, T0, T0 + ALARM_MS + 1)
    assert intake.trouble.startswith("every tick refused for over a minute") and "(tick_back 2)" in intake.trouble
    take(2, T0 + 10**9, T0 + ALARM_MS + 2)
    assert "tick_ahead 1, tick_back 2" in intake.trouble
    assert take(3, T0 + 1000, T0 + ALARM_MS + 3)
    assert intake.trouble == ""
