"""Laws of the scores stage: whatever the interleaving, batches and crashes, every common W shows the fold of its cut."""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.records import Record
from schemas.structs.contributions import Contribution
from streams.engine.ports import Cut, Tick
from streams.scores.contribution_cuts import ContributionCuts
from tests.laws.two_stages import ScoresMachine, Source, joined, places, reference, streams_of, synthetic, update_key

HISTORIES = 200
Machine = Callable[..., ScoresMachine]


def holds(
    rng: Random, machine: Machine = ScoresMachine, crashes: int = 5, told: Callable[[Source], Source] = lambda source: source
) -> bool:
    """Whether one random history shows the same at every W: at once, at the end, and computed from scratch.

    ``told``: what becomes of a source's updates on their way.
    """
    sources = synthetic(rng, rng.choice((1, 2, 3, 6)))
    count = rng.choice((1, 3, 6))
    logs = places(rng, count, streams_of(rng, [told(source) for source in sources]))
    machines = [machine(log, rng, crashes, n, count).drive() for n, log in enumerate(logs)]
    at_once, at_last = zip(*(one.tables() for one in machines), strict=True)
    want = reference(sources)
    return joined(at_once) == want and joined(at_last) == want


@given(st.randoms(use_true_random=False))
@settings(max_examples=HISTORIES, deadline=None)
def test_every_common_w_shows_the_fold_of_its_cut(rng: Random) -> None:
    """For any sources, interleaving, batches and crash after any step, each common W shows exactly the fold of its cut."""
    assert holds(rng)


def test_the_right_intake_holds_in_the_histories_of_the_controls() -> None:
    """The histories of the negative controls hold for the real thing, so it is what they change that fails."""
    assert all(holds(Random(seed)) for seed in range(HISTORIES))


class SmallestW(ContributionCuts):
    """Wrong on purpose: steps to the smallest of the newest Ws, published by every source or not."""

    def _mark(self, mark: Any, record: Record) -> Tick | None:
        super()._mark(mark, record)
        newest = [groups[-1].w for groups in self._groups.values() if groups]
        w = min(newest) if len(newest) == mark.partitions else -1
        return Tick(w, record.offset, record.timestamp) if w > self._w else None


class SourcesSoFar(ContributionCuts):
    """Wrong on purpose: takes the sources it has seen for all there are."""

    def _mark(self, mark: Any, record: Record) -> Tick | None:
        tick = super()._mark(mark, record)
        if tick is None and 0 < len(self._newest) == self._published[mark.w]:
            return Tick(mark.w, record.offset, record.timestamp)
        return tick


class NewestWhileWaiting(ContributionCuts):
    """Wrong on purpose: of a key's updates that wait, for whatever W, only the newest is kept."""

    def take(self, record: Record) -> Cut[Contribution] | None:
        cut = super().take(record)
        if cut is None and self._open:
            for waiting in self._open.values():
                key = key_of(waiting[-1].decoded[-1])
                for groups in self._groups.values():
                    for group in groups:
                        for older in group.updates:
                            older.decoded[:] = [u for u in older.decoded if key_of(u) != key]
        return cut


def key_of(record: Contribution) -> bytes:
    """The key of a waiting update."""
    return update_key(record)


class ForgetsWhatWaits(ContributionCuts):
    """Wrong on purpose: reading goes on behind the step's record, whatever still waits before it."""

    def _cut(self, tick: Tick) -> Cut[Contribution]:
        return super()._cut(tick)._replace(resume=tick.offset + 1)


def using(kind: type[ContributionCuts]) -> type[ScoresMachine]:
    """A machine with that intake."""
    # All in memory, where the wrong ones look for it.
    return type("WrongMachine", (ScoresMachine,), {"intake": kind, "in_memory": 10**6})


@pytest.mark.parametrize("wrong", [SmallestW, SourcesSoFar, NewestWhileWaiting, ForgetsWhatWaits])
def test_a_wrong_intake_breaks_the_law(wrong: type[ContributionCuts]) -> None:
    """Negative control: each wrong way to wait for the sources is caught in some history."""
    assert not all(holds(Random(seed), machine=using(wrong)) for seed in range(HISTORIES))


def without_withdrawals(source: Source) -> Source:
    """Wrong on purpose: nobody is told that a contribution has left its scope."""
    return Source(source.partition, [(w, o, [u for u in updates if u.live]) for w, o, updates in source.published])


def test_a_scope_change_without_its_withdrawal_breaks_the_law() -> None:
    """Negative control: a contribution that leaves a scope silently is caught in some history."""
    assert not all(holds(Random(seed), told=without_withdrawals) for seed in range(HISTORIES))
