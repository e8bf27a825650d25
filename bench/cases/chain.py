"""chain: both stages over a backlog, from events to scores, against a plain Faust agent that only counts."""

import time
from collections.abc import Callable
from typing import Any

from bench.cases.peers import faust_agent
from bench.children import Child, child
from bench.choices import Choices
from bench.ground import Ground, ground
from bench.history import Loaded
from bench.outcome import Finding, Run, Wrong, ratios
from bench.published import check, scored, since
from schemas.topics import EVENTS, FACTS, SCORES

EVENTS_UNLESS_TOLD = 300_000
QUIET_SECONDS = 4.0
END_SECONDS = 600.0


def chain(on: Ground, loaded: Loaded, number: int) -> Run:
    """Both stages side by side from empty states to the end of the log, checked. Raises ``Wrong``.

    The wall time goes from the first batch of journeys to the last save of scores, the CPU time is that of both.
    """
    before = on.ends()
    told: dict[str, Any] = {"kafka": on.kafka, "stalls": False, "profile": ""}
    ends = {p: end for (topic, p), end in before.items() if topic == EVENTS}
    with child("fold", stage="scores", place=str(on.settings.home / f"scores-{number}"), ends={}, **told) as scoring:
        opened(scoring, on.partitions[SCORES])
        with child("fold", stage="journeys", place=str(on.settings.home / f"chain-{number}"), ends=ends, **told) as folding:
            journeys = Run("journeys", **folding.answer())
        _until_quiet(on, scoring)
        scoring.stop()
        scores = Run("scores", **scoring.answer())
    published = since(on, {place: end for place, end in before.items() if place[0] == FACTS})
    check(on, published, loaded)
    moves = scored(on, {place: end for place, end in before.items() if place[0] == SCORES})
    if moves != published.steps:
        raise Wrong(f"the scores count {moves} steps of custody, the items {published.steps}")
    seconds = scores.more["at"][1] - journeys.more["at"][0]
    cpu, queued = journeys.cpu_seconds + scores.cpu_seconds, journeys.queued_seconds + scores.queued_seconds
    parts = {"journeys_seconds": journeys.seconds, "journeys_cpu": journeys.cpu_seconds, "scores_cpu": scores.cpu_seconds}
    return Run(f"events to scores #{number}", loaded.events, seconds, cpu, queued, journeys.rss_mb + scores.rss_mb, parts)


def opened(worker: Child, times: int) -> None:
    """Wait until the worker has opened so many partitions."""
    until = time.monotonic() + END_SECONDS
    while worker.running and worker.said("partition opened") < times and time.monotonic() < until:
        time.sleep(0.1)


def _until_quiet(on: Ground, worker: Child) -> None:
    """Until no score was written for a while; the result is checked afterwards."""
    until, still, seen = time.monotonic() + END_SECONDS, time.monotonic(), -1
    while worker.running and time.monotonic() < until:
        written = sum(end for (topic, _), end in on.ends().items() if topic == SCORES)
        if written != seen:
            seen, still = written, time.monotonic()
        elif time.monotonic() - still > QUIET_SECONDS:
            return
        time.sleep(0.5)


def measure(choices: Choices) -> tuple[list[Run], list[Finding]]:
    """On a desk's history, the dear case."""
    return against_peer(choices, lambda on: on.preload(choices.events or EVENTS_UNLESS_TOLD))


def measure_company(choices: Choices) -> tuple[list[Run], list[Finding]]:
    """The same on two weeks of the simulated company as a backlog: handoffs told and implied, ratings, few routes."""
    return against_peer(choices, lambda on: on.preload_company(choices.events or EVENTS_UNLESS_TOLD))


def against_peer(choices: Choices, preload: Callable[[Ground], Loaded]) -> tuple[list[Run], list[Finding]]:
    """Both stages and the peer, in turns, each time on a broker without the contributions of a run before."""
    ours, peer = [], []
    for number in range(1, choices.repeat + 1):
        with ground(choices.place) as on:
            ours.append(chain(on, preload(on), number))
            peer.append(faust_agent(on, choices.peer_events, number))
    scores = Finding("CPU of the scores stage", 100 * ours[-1].more["scores_cpu"] / ours[-1].cpu_seconds, "%")
    return ours + peer, [*ratios(ours, peer, ">= 6"), scores]
