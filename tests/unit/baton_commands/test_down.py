"""What `baton down` says at its end goes by the home's record; what is wrong with that keeps nothing from being said."""

from collections.abc import Callable
from pathlib import Path

import pytest

from baton.commands import down
from baton.lag.stage_lag import StageLag
from baton.lag.tail import Tail
from broker.records import TopicPartition
from schemas.errors import Retry, Stop
from schemas.installation import FoldSettings, Installation
from schemas.topics import EVENTS

LEFT = Tail((StageLag(TopicPartition(EVENTS, 0), "clock", 0, 3),))
LOG_HOME = "`baton import` brings the tick"


def of_a_log_home(_kafka: str) -> Installation:
    """The record of a log home."""
    return Installation(name="n", generation=1, time="log", fold=FoldSettings(time_zone="UTC", horizon_days=400))


def away(_kafka: str) -> Installation:
    """No broker answers."""
    raise Retry("the broker is away")


def spoilt(_kafka: str) -> Installation:
    """The record can't be read."""
    raise Stop("the record is spoilt", "mend it")


@pytest.mark.parametrize(
    ("kafka", "record", "said"),
    [("127.0.0.1:1", of_a_log_home, True), ("127.0.0.1:1", away, False), ("127.0.0.1:1", spoilt, False), ("", spoilt, False)],
)
def test_what_is_left_is_told_with_the_homes_time(
    kafka: str,
    record: Callable[[str], Installation],
    said: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Also where a second `baton down` has ended the home meanwhile, and with it the broker whose address it asks for."""
    if kafka:
        monkeypatch.setenv("BATON_KAFKA", kafka)
        monkeypatch.setenv("BATON_CLICKHOUSE", "http://127.0.0.1:2")
    monkeypatch.setattr(down, "_read_tail", lambda *_: LEFT)
    monkeypatch.setattr(down, "newest_installation", record)
    down.command(tmp_path)
    told = capsys.readouterr().err
    assert "not everything that was produced is in the warehouse" in told and (LOG_HOME in told) is said
