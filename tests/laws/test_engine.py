"""Laws of one partition's run: whatever the batches and crashes, every W shows exactly the fold of its cut."""

import asyncio
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.keys import scope_partition_key
from schemas.record_codec import decode_contribution
from schemas.topics import CONTRIBUTIONS
from streams.engine.partition_run import PartitionRun
from streams.engine.ports import Cut, Outgoing, StateStore
from streams.journeys.fold import Journeys
from streams.journeys.item_state import Item
from streams.journeys.late_arrivals import Arrival
from streams.journeys.output_diff import SCOPES, Stamp
from streams.journeys.stored_event import Retracted, StoredEvent
from tests.laws.histories import history, log_of
from tests.laws.machine import GENERATION, FoldOf, Machine, RunOf, final, published
from tests.laws.scratch import ZONE, expected

HISTORIES = 300


def holds(rng: Random, run_of: RunOf = PartitionRun, fold_of: FoldOf | None = None, crashes: int = 6) -> bool:
    """Whether one random history shows the same at every W: at once, at the end, and computed from scratch."""
    log = log_of(history(rng))
    machine = Machine(log, rng, crashes, run_of=run_of, fold_of=fold_of).drive()
    want = expected(log)
    return published(machine) == want and final(machine) == want


@given(st.randoms(use_true_random=False))
@settings(max_examples=HISTORIES, deadline=None)
def test_every_w_shows_the_fold_of_its_cut(rng: Random) -> None:
    """For any batches and any crash after any step, each accepted W shows exactly the fold of its cut, then and later."""
    assert holds(rng)


class OnlyLastTick(PartitionRun[Arrival]):
    """Wrong on purpose: of a backlog only the last tick is published."""

    async def _close(self, cut: Cut[Arrival]) -> None:
        list(self._fold.close(cut.taken, cut.tick))
        self._unmarked = [cut.tick]


class MarkFirst(PartitionRun[Arrival]):
    """Wrong on purpose: the watermark goes out before the facts are acknowledged."""

    async def _close(self, cut: Cut[Arrival]) -> None:
        await self._outbox.watermark(self.partition, [cut.tick])
        facts = list(self._fold.close(cut.taken, cut.tick))
        await self._outbox.publish(facts)


class SaveFirst(PartitionRun[Arrival]):
    """Wrong on purpose: state and offset are saved before the facts are published."""

    async def _close(self, cut: Cut[Arrival]) -> None:
        facts = list(self._fold.close(cut.taken, cut.tick))
        self._save(cut)
        await self._outbox.publish(facts)
        await self._outbox.watermark(self.partition, [cut.tick])


class CloseEarly(PartitionRun[Arrival]):
    """Wrong on purpose: the next tick's cut is closed while the steps of the one before are under way."""

    async def _close(self, cut: Cut[Arrival]) -> None:
        self._steps = None
        await super()._close(cut)


class TimeFirst(Journeys):
    """Wrong on purpose: drops what is not before W, then chooses the revision."""

    def _take_in(self, item: Item, arrivals: list[Arrival], w: int) -> bool:
        old = [a for a in arrivals if a.key not in item.events or a.event.time < w]
        return super()._take_in(item, old, w)


class NoDedupe(Journeys):
    """Wrong on purpose: every arrival is an event of its own."""

    def _take_in(self, item: Item, arrivals: list[Arrival], w: int) -> bool:
        own = [a._replace(key=(a.key[0], f"{a.key[1]}-{len(item.events) + n}")) for n, a in enumerate(arrivals)]
        return super()._take_in(item, own, w)


class NoWithdrawal(Journeys):
    """Wrong on purpose: a contribution that left its scope is not withdrawn."""

    def _refold(self, item: Item, where: Stamp, append_ms: int) -> list[Outgoing]:
        return [
            r for r in super()._refold(item, where, append_ms) if r.topic != CONTRIBUTIONS or decode_contribution(r.value).live
        ]


class StaleScopes(Journeys):
    """Wrong on purpose: contributions are sent when their facts first appear, and not when they change."""

    def _refold(self, item: Item, where: Stamp, append_ms: int) -> list[Outgoing]:
        before = set(item.fingerprints)
        sent = super()._refold(item, where, append_ms)
        known = {scope_partition_key(SCOPES[kind], parts[:2]) for kind, *parts in before if kind in SCOPES}
        return [r for r in sent if r.topic != CONTRIBUTIONS or r.partition_key not in known]


class NoDueTimer(Journeys):
    """Wrong on purpose: an item is folded again by events alone, never because a due time has passed."""

    def _refold(self, item: Item, where: Stamp, append_ms: int) -> list[Outgoing]:
        sent = super()._refold(item, where, append_ms)
        item.timer = item.pending
        return sent


class AgreementsAreNoNews(Journeys):
    """Wrong on purpose: what consulted an agreement is not folded again when the agreement changes."""

    def _concerned(self, agreed: list[Arrival], w: int) -> dict[str, None]:
        super()._concerned(agreed, w)
        return {}


class GoesOnBlindly(Journeys):
    """Wrong on purpose: takes every new event for the newest, and goes on from where the last fold stood."""

    def _refold(self, item: Item, where: Stamp, append_ms: int) -> list[Outgoing]:
        if item.cache is not None and item.cache.last is not None:
            item.cache.last = (-1, 0, 0, "", "", StoredEvent(0, 0, False, -1, 0, 0, 0, Retracted()))
        return super()._refold(item, where, append_ms)


class LostAtRestart(Journeys):
    """Wrong on purpose: who consulted an agreement is not saved."""

    def changes(self) -> dict[bytes, bytes | None]:
        return {key: value for key, value in super().changes().items() if key[:1] != b"c"}


def folding(kind: type[Journeys]) -> Callable[[StateStore, int], Journeys]:
    """A maker of that fold."""
    return lambda store, partition: kind(store, partition, GENERATION, 400, 1, ZONE)


@pytest.mark.parametrize("wrong", [OnlyLastTick, MarkFirst, SaveFirst, CloseEarly])
def test_a_wrong_order_of_steps_breaks_the_law(wrong: RunOf) -> None:
    """Negative control: each wrong order of the numbered steps is caught in some history."""
    assert not all(holds(Random(seed), run_of=wrong) for seed in range(HISTORIES))


WRONG_FOLDS = [TimeFirst, NoDedupe, NoWithdrawal, StaleScopes, NoDueTimer, AgreementsAreNoNews, GoesOnBlindly, LostAtRestart]


@pytest.mark.parametrize("wrong", WRONG_FOLDS)
def test_a_wrong_fold_breaks_the_law(wrong: type[Journeys]) -> None:
    """Negative control: time before revision, no dedupe, a scope left without withdrawal … are caught in some history."""
    assert not all(holds(Random(seed), fold_of=folding(wrong), crashes=0) for seed in range(HISTORIES))


def test_the_right_order_holds_in_the_same_histories() -> None:
    """The histories of the negative controls hold for the real thing, so it is the wrong order that fails them."""
    assert all(holds(Random(seed)) for seed in range(HISTORIES))


def test_nothing_is_taken_twice_when_a_batch_is_given_again() -> None:
    """Records below the run's place are skipped: a batch given twice publishes once."""
    log = log_of(history(Random(5)))
    machine = Machine(log, Random(1), 0)

    async def twice() -> None:
        run = machine.restarted()
        await run.handle(log)
        await run.handle(log)
        await run.landed()

    asyncio.run(twice())
    once = Machine(log, Random(1), 0).drive()
    assert machine.outbox.log == once.outbox.log
