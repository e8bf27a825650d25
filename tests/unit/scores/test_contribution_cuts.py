"""The intake waits for every source, takes nothing twice, and says where to read on."""

import msgspec
import pytest

from broker.partitioner import output_partition
from schemas.errors import Park
from schemas.keys import scope_partition_key
from schemas.structs.contributions import Contribution
from schemas.watermarks import version_of
from streams.engine.ports import Cut, Tick
from streams.scores.contribution_cuts import ContributionCuts
from tests.unit.scores.records import GENERATION, T0, Rec, cuts_of, entry, head, mark, update


def fed(intake: ContributionCuts, *values: bytes | None, start: int = 0) -> list[tuple[Tick, Cut[Contribution]]]:
    """What an intake steps to when these records follow each other."""
    steps = []
    for number, value in enumerate(values):
        cut = intake.take(Rec(start + number, value))
        if cut is not None:
            steps.append((cut.tick, cut))
    return steps


def test_it_steps_when_the_last_source_has_published() -> None:
    """One source's watermark is not enough; the record that completes W gives the step its offset."""
    intake = cuts_of(head())
    assert fed(intake, update(1, entry(T0)), mark(1, T0)) == []
    ((tick, cut),) = fed(intake, mark(5, T0, source=1), start=2)
    assert (tick.w, tick.offset, cut.resume) == (T0, 2, 3)
    assert [u.subject for u in cut.taken] == ["i"]
    assert cut.marks == {0: version_of(GENERATION, 1), 1: version_of(GENERATION, 5)}


def test_ws_that_one_source_lacks_are_merged_into_the_next_common_one() -> None:
    """Updates of two Ws come in one cut, in their order, when the other source published the second only."""
    values = [update(1, entry(T0)), mark(1, T0), update(2, live=False), mark(2, T0 + 1), mark(1, T0 + 1, source=1)]
    ((tick, cut),) = fed(cuts_of(head()), *values)
    assert tick.w == T0 + 1
    assert [u.live for u in cut.taken] == [True, False]


def test_updates_of_a_later_w_wait_and_are_read_again() -> None:
    """A cut holds no update of a source's later W; reading goes on at the oldest record that waits."""
    values = [mark(1, T0), update(2, entry(T0)), mark(2, T0 + 1), mark(1, T0, source=1)]
    intake = cuts_of(head())
    ((_, cut),) = fed(intake, *values)
    assert (cut.taken, cut.resume) == ([], 1)
    again = cuts_of(head(cut.resume, T0, cut.marks))
    ((tick, later),) = fed(again, *values[1:], mark(2, T0 + 1, source=1), start=1)
    assert (tick.w, tick.offset, [u.subject for u in later.taken]) == (T0 + 1, 4, ["i"])


def test_a_waiting_watermark_is_read_again_too() -> None:
    """Nothing changed for a later W, but that its source published it must not be forgotten by a restart."""
    ((_, cut),) = fed(cuts_of(head()), mark(1, T0), mark(2, T0 + 1), mark(1, T0, source=1))
    assert cut.resume == 1


def test_what_was_applied_is_dropped_and_counted() -> None:
    """A zombie's copies, at or below its source's last watermark, change nothing; so do watermarks that are not newer."""
    intake = cuts_of(head())
    fed(intake, update(1, entry(T0)), mark(1, T0), mark(1, T0, source=1))
    assert fed(intake, update(1, entry(T0)), mark(1, T0), mark(1, T0, source=1), start=3) == []
    assert (intake.counters["duplicate"], intake.counters["duplicate_watermark"]) == (1, 2)


def test_an_update_ahead_of_the_watermark_waits_for_its_own() -> None:
    """What a zombie published further on belongs to a later W, wherever it stands."""
    values = [update(2, entry(T0)), mark(1, T0, sources=1), mark(2, T0 + 1, sources=1)]
    (_, first), (_, second) = fed(cuts_of(head()), *values)
    assert (first.taken, first.resume, len(second.taken)) == ([], 0, 1)


def test_other_generations_are_skipped_and_counted() -> None:
    """Records of an older or newer generation neither wait nor close anything."""
    intake = cuts_of(head())
    assert fed(intake, update(9, generation=1), mark(9, T0, sources=1, generation=3)) == []
    assert intake.counters["other_generation"] == 2


@pytest.mark.parametrize("value", [None, b"", b"{", b'{"kind":"contribution"}', b'{"kind":"score"}'])
def test_what_baton_did_not_write_is_parked(value: bytes | None) -> None:
    """An unreadable record goes to the dead letters with the reason."""
    with pytest.raises(Park, match="neither contribution nor watermark"):
        cuts_of(head()).take(Rec(0, value))


def test_a_stray_copy_is_parked() -> None:
    """A contribution or watermark that workers write to another partition is no part of the sums, and closes nothing."""
    pair = update(1, entry(T0))
    right = output_partition(scope_partition_key("pair", ["A", "B"]), 3)
    for partition in range(3):
        identity = msgspec.structs.replace(head().identity, partition=partition, partitions=3)
        cuts = cuts_of(msgspec.structs.replace(head(), identity=identity))
        if partition == right:
            assert cuts.take(Rec(0, pair)) is None and cuts.counters["received"] == 1
            continue
        for stray in (pair, mark(1, T0, sources=1)):
            with pytest.raises(Park, match=f"wrong_partition: stands in partition {partition} of 3"):
                cuts.take(Rec(0, stray))
        assert not cuts.counters


def test_a_source_far_ahead_waits_on_disk() -> None:
    """Beyond a bound updates wait on disk, and are the same updates in the same order when their cut closes."""
    values = [update(1, entry(T0), subject=f"i{n}") for n in range(3)]
    ((_, cut),) = fed(cuts_of(head(), 1), *values, mark(1, T0, sources=1))
    assert [u.subject for u in cut.taken] == ["i0", "i1", "i2"]


@pytest.mark.parametrize("known", [True, False], ids=["marks", "control: forgotten marks"])
def test_marks_keep_a_zombies_repeat_out_after_a_restart(known: bool) -> None:
    """What a zombie writes again behind the place where a restart reads on is known as applied by the checkpoint's marks.

    Negative control: without them an entry that was taken back long ago would count again."""
    values = [update(1, entry(T0)), mark(1, T0, sources=1), update(2, live=False), mark(2, T0 + 1, sources=1)]
    _, (_, second) = fed(cuts_of(head()), *values)
    again = cuts_of(head(second.resume, T0 + 1, second.marks if known else {}))
    ((_, third),) = fed(again, update(1, entry(T0)), mark(3, T0 + 2, sources=1), start=4)
    assert [u.live for u in third.taken] == ([] if known else [True])


def test_versions_of_a_source_are_taken_in_their_order() -> None:
    """A zombie's newer update may stand before its successor's older one: of one contribution the newer must come last."""
    values = [update(2, live=False), update(1, entry(T0)), mark(2, T0 + 1, sources=1)]
    ((_, cut),) = fed(cuts_of(head()), *values)
    assert [u.version for u in cut.taken] == [version_of(GENERATION, 1), version_of(GENERATION, 2)]


def test_a_silent_source_is_named() -> None:
    """When one source has published nothing for eleven minutes while another has, that is trouble, until it does; that it is
    the second to tell of an idle clock's tick is none."""
    intake = cuts_of(head())
    intake.take(Rec(0, mark(1, T0), timestamp=T0))
    assert intake.trouble == ""
    intake.take(Rec(1, mark(2, T0 + 1), timestamp=T0 + 300_001))
    assert intake.trouble == ""
    intake.take(Rec(1, mark(3, T0 + 2), timestamp=T0 + 660_001))
    assert "partitions 1 of baton.events.v1" in intake.trouble
    intake.take(Rec(2, mark(1, T0, source=1), timestamp=T0 + 660_002))
    assert intake.trouble == ""
