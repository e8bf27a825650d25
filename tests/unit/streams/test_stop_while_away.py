"""A worker that is told to stop while the broker is away ends at once, and nothing is called a failure."""

import asyncio
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from broker.admin import TopicDescription
from runtime.shutdown import StopRequested
from schemas.installation import FoldSettings, Installation
from schemas.settings import load
from schemas.topics import FACTS
from streams.engine.assignment import Assignment
from streams.engine.outbox import KafkaOutbox
from streams.engine.ports import Outgoing
from streams.stages import journeys_stage
from tests.laws.histories import T0, Rec, tick

NOBODY = "127.0.0.1:1"


def outbox(stop: asyncio.Event) -> KafkaOutbox:
    """An outbox whose broker is away."""
    return KafkaOutbox(NOBODY, 1, 1, {FACTS: 1}, 1, stop)


def test_publishing_ends_when_told_to_stop() -> None:
    """While nobody listens a publish waits; told to stop, it ends with ``StopRequested``, within the wait."""

    async def run() -> None:
        stop = asyncio.Event()
        asyncio.get_running_loop().call_later(0.5, stop.set)
        await outbox(stop).publish([Outgoing(FACTS, b"k", b"k", b"v")])

    with pytest.raises(StopRequested):
        asyncio.run(run())


def test_a_partition_closes_without_an_alarm(tmp_path: Path) -> None:
    """A partition whose steps wait for the broker is let go at its last save, and the log names no error."""
    fold = FoldSettings(time_zone="UTC", horizon_days=400)
    installation = Installation(name="i", generation=1, time="live", fold=fold)
    settings = load(home=tmp_path)

    async def run() -> int | None:
        stop = asyncio.Event()
        stage = journeys_stage(installation, settings, TopicDescription("id", 1))
        assignment = Assignment(stage, settings, outbox(stop))
        assert assignment.open(0, 0, 1) == 0
        await assignment.handle(0, [Rec(0, T0, b"clock", tick(T0))])
        asyncio.get_running_loop().call_later(0.5, stop.set)
        return await assignment.close(0)

    with capture_logs() as logged:
        assert asyncio.run(run()) == 0
    assert not [line for line in logged if line["log_level"] == "error"]
    assert any("stopped before" in line["event"] for line in logged)
