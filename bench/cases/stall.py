"""stall: how long the worker consumes nothing, while records wait, at half the rate it can sustain."""

import time
from dataclasses import replace
from typing import Any

from bench.cases.journeys import EVENTS_UNLESS_TOLD, fold
from bench.children import Child, child
from bench.choices import Choices
from bench.ground import OPEN_ITEMS, Ground, ground
from bench.history import Loaded
from bench.outcome import Finding, Run, Wrong
from bench.published import check, since
from schemas.topics import EVENTS, FACTS

END_SECONDS = 120.0


def measure(choices: Choices) -> tuple[list[Run], list[Finding]]:
    """First a backlog tells the sustainable rate; then the same worker goes on with live events paced at half of it."""
    with ground(choices.place) as on:
        loaded = on.preload(choices.events or EVENTS_UNLESS_TOLD)
        backlog = fold(on, loaded, "worker", 1)
        rate = choices.rate or backlog.rate / 2
        before = on.ends()
        place = str(on.settings.home / "worker")
        with child("fold", stage="journeys", kafka=on.kafka, place=place, ends={}, stalls=True, profile="") as worker:
            _wait_for(worker, "partition opened", on.partitions[EVENTS])
            pacing: dict[str, Any] = {"seed": 2, "seconds": choices.seconds, "partitions": on.partitions[EVENTS]}
            with child("pace", kafka=on.kafka, rate=rate, open_items=OPEN_ITEMS, **pacing) as pacer:
                sent = pacer.answer()
            _wait_until_quiet(on, worker)
            worker.stop()
            live = Run("journeys at half the rate", **worker.answer())
        published = since(on, {place: end for place, end in before.items() if place[0] == FACTS})
        check(on, published, Loaded(sent["items"], sent["events"], sent["events"], sent["moves"]))
    told = live.more
    if told["taken"] < sent["events"]:
        raise Wrong(f"the watch saw {told['taken']} of {sent['events']} events taken: it measures nothing")
    steps = {name: times for name, times in told.items() if isinstance(times, dict) and "most" in times}
    return [replace(backlog, what="journeys, backlog"), live], [
        Finding("paced events a second", sent["events"] / sent["seconds"], "1/s"),
        Finding("longest gap", told["longest_gap_ms"], "ms", "<= 200"),
        Finding("gaps over 200 ms", told["gaps_over_200_ms"], "times", "0"),
        Finding("gaps over 20 ms", told["gaps_over_20_ms"], "times"),
        Finding("median of those", told["gap_median_ms"], "ms"),
        *(Finding(f"longest {name.removesuffix('_ms')}", times["most"], "ms") for name, times in steps.items()),
        *(Finding(f"mean {name.removesuffix('_ms')}", times["mean"], "ms") for name, times in steps.items()),
    ]


def _wait_for(worker: Child, word: str, times: int) -> None:
    until = time.monotonic() + END_SECONDS
    while worker.running and worker.said(word) < times and time.monotonic() < until:
        time.sleep(0.1)
    time.sleep(2)  # until it reads; the first seconds are not counted anyway


def _wait_until_quiet(on: Ground, worker: Child) -> None:
    """Until nothing more is published; ``check`` tells whether that was all."""
    until = time.monotonic() + END_SECONDS
    quiet = -1
    while worker.running and time.monotonic() < until:
        facts = sum(end for (topic, _), end in on.ends().items() if topic == FACTS)
        if facts == quiet:
            return
        quiet = facts
        time.sleep(3)
