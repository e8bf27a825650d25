"""Records become the rows they stand for."""

from typing import Any

import msgspec
import pytest

from schemas.event_bodies import BODIES
from schemas.event_codec import MAX_BYTES
from schemas.events import CONTROL
from schemas.facts import ItemFact
from schemas.topics import EVENTS
from schemas.watermarks import version_of
from sinks.dead_letter_rows import rows_of_dead_letters
from sinks.event_rows import rows_of_events
from sinks.fact_rows import rows_of_facts
from sinks.memory_source import MemoryRecord
from sinks.ports import Block
from sinks.score_rows import rows_of_scores
from sinks.tables import BODY_COLUMNS, ITEM_BODY_COLUMNS
from tests.unit.sinks.sink_logs import (
    BASE,
    event,
    handoff,
    intake,
    item_fact,
    letter,
    moved,
    outcome,
    placed,
    score,
    tick,
    unreadable,
    verdict,
    vote,
    watermark,
)


def cells(block: Block) -> list[dict[str, Any]]:
    """The block's rows, each by column."""
    return [dict(zip(block.columns, row, strict=True)) for row in zip(*block.values, strict=True)]


def test_a_move_fills_its_columns() -> None:
    """A move's row says where it stands, what it is, and to whom the item went; what it has not is empty or null."""
    records = placed([moved("Ï1", "e1", "Büro", at=5, origin="Ops", sequence=-3, revision=2)], partition=7)
    block, unread = rows_of_events(records)
    assert not unread
    assert cells(block) == [
        {
            **{"partition": 7, "offset": 0, "append_time": BASE, "key": "Ï1".encode(), "type": "baton.item.moved.v1"},
            **{
                "source": "s",
                "id": "e1",
                "subject": "Ï1",
                "time": BASE + 5,
                "nanos": 0,
                "sequence": -3,
                "revision": 2,
                "recorded_at": None,
            },
            **{
                "deleted": False,
                "headers": {},
                "to_team": "Büro",
                "from_team": "Ops",
                "status": "",
                "word": "",
                "handoff": "",
                "supplier": "",
            },
            **{
                "customer": "",
                "deliverable": "",
                "reason": "",
                "due_at": None,
                "rework_minutes": None,
                "recheck_minutes": None,
            },
            **{"rater": "", "team": "", "effectiveness": None, "consistency": None, "kind": "", "on_time": None, "csat": None},
            "since_at": None,
            "period": "",
            "value": records[0].value,
            "headers": {},
        }
    ]


def test_unassigned_and_retracted_moves() -> None:
    """A move to the unassigned queue and a retraction without a body leave the team empty."""
    block, _ = rows_of_events(placed([moved("I", "a", None), moved("I", "a", None, deleted=True), moved("I", "b", "Ops")]))
    assert [(row["to_team"], row["deleted"]) for row in cells(block)] == [("", False), ("", True), ("Ops", False)]


def test_a_name_that_may_be_null_is_an_empty_text() -> None:
    """A move to nobody, among moves that all have a body, has an empty team; so has whatever else was not said."""
    (row,) = cells(rows_of_events(placed([moved("I", "a", None)]))[0])
    assert (row["to_team"], row["from_team"], row["deliverable"], row["reason"], row["due_at"]) == ("", "", "", "", None)


def test_every_body_field_has_a_column() -> None:
    """Each field of an event that is no control record lands in a column, so that analysts miss nothing."""
    fields = {name for t, body in BODIES.items() if t not in CONTROL for name in body.model_fields}
    assert fields == set(BODY_COLUMNS.values())
    assert tuple(ItemFact.model_fields) == ITEM_BODY_COLUMNS


def test_kinds_of_one_poll_keep_their_own_columns() -> None:
    """Events of several types in one block don't mix their cells."""
    offered = {"handoff": "H", "supplier": "Ops", "customer": "Net", "deliverable": "fix", "due": "2026-03-02T09:00:00+01:00"}
    contents = [
        event("baton.handoff.offered.v1", "I", "o", 1, offered),
        event("baton.item.status.v1", "I", "s", 2, {"status": "working", "word": "Active"}),
        event("baton.handoff.accepted.v1", "I", "a", 3, {"handoff": "H", "rework_minutes": 0}),
        tick(9),
    ]
    by_offset = {row["offset"]: row for row in cells(rows_of_events(placed(contents))[0])}
    assert [by_offset[i]["handoff"] for i in range(4)] == ["H", "", "H", ""]
    assert [by_offset[i]["status"] for i in range(4)] == ["", "working", "", ""]
    assert [by_offset[i]["rework_minutes"] for i in range(4)] == [None, None, 0, None]
    assert by_offset[0]["due_at"] == 1_772_438_400_000
    assert (by_offset[3]["type"], by_offset[3]["time"]) == ("baton.clock.ticked.v1", BASE + 9)


def test_unreadable_events_are_counted_by_reason() -> None:
    """What journeys will park makes no row here and is counted with the same reason."""
    large = MemoryRecord(0, 9, BASE, b"k", b" " * (MAX_BYTES + 1))
    block, unread = rows_of_events([*placed([unreadable(), (b"other", moved("I", "a", "Ops")[1], ())]), large])
    assert block.rows == 0
    assert unread == {"invalid_json": 1, "wrong_subject": 1, "too_large": 1}


def test_facts_become_upserts() -> None:
    """A fact's row carries generation and version; one taken away carries the mark, an item's nothing else."""
    contents = [
        item_fact("I1", 4, ["Ops", "Net"], generation=2, partition=1, reassignments=1, holder="Net", touch_ms={"Ops": 7}),
        item_fact("I1", 6, None, generation=2),
        verdict("I1", "e", 5),
        verdict("I1", "e", 8, "anomaly", deleted=True),
    ]
    rows = rows_of_facts(placed(contents))
    full, gone = cells(rows.items)
    assert (full["generation"], full["item"], full["version"]) == (2, "I1", version_of(2, 4))
    assert (full["path"], full["reassignments"], full["holder"], full["status"]) == (["Ops", "Net"], 1, "Net", "")
    assert (full["touch_ms"], full["resolved_at"], full["is_deleted"], full["partition"]) == ({"Ops": 7}, None, 0, 1)
    assert (gone["is_deleted"], gone["path"], gone["version"]) == (1, [], version_of(2, 6))
    assert [(v["id"], v["verdict"], v["is_deleted"]) for v in cells(rows.verdicts)] == [
        ("e", "too_late", 0),
        ("e", "anomaly", 1),
    ]


def test_watermarks_of_all_targets_one_history() -> None:
    """Each target's watermark is a row; the history keeps a tick once."""
    marks = rows_of_facts(placed([watermark(4, target=0, targets=2), watermark(4, target=1, targets=2)])).watermarks
    assert [(row["target"], row["offset"], row["w"]) for row in cells(marks.watermarks)] == [
        (0, 4, BASE + 4),
        (1, 4, BASE + 4),
    ]
    assert cells(marks.history) == [{"generation": 1, "partition": 0, "offset": 4, "w": BASE + 4}]


def test_a_handoff_keeps_its_offers_side_by_side() -> None:
    """A handoff's row has an array over its offers for each field of an offer; one taken away keeps its id alone."""
    offers: list[dict[str, Any]] = [
        {"offered_at": 5, "returned_at": 7, "reason": "defect", "rework_minutes": 150},
        {"offered_at": 9, "accepted_at": 12, "repair_minutes": 0},
    ]
    contents = [handoff("I", "H", 4, offers, due_at=20, first_pass=False), handoff("I", "m1", 5, None, source="desk")]
    full, gone = cells(rows_of_facts(placed(contents)).handoffs)
    assert (full["item"], full["source"], full["id"], full["handoff"], full["due_from"]) == ("I", "", "H", "H", "")
    assert (full["offered_at"], full["accepted_at"], full["returned_at"]) == ([5, 9], [None, 12], [7, None])
    assert (full["reasons"], full["offer_rework_minutes"], full["offer_repair_minutes"]) == (
        ["defect", ""],
        [150, None],
        [None, 0],
    )
    assert (full["due_at"], full["first_pass"], full["rework_minutes"]) == (20, False, None)
    assert (gone["source"], gone["id"], gone["is_deleted"], gone["offered_at"], gone["supplier"]) == ("desk", "m1", 1, [], "")


def test_votes_outcomes_and_intake_fill_their_columns() -> None:
    """Each fact lands in its own table; of an intake fact that was taken away the pane is taken from its id."""
    contents = [
        vote("p1", 1, (4, 3)),
        vote("p2", 2, None),
        outcome("I", 3, on_time=True, csat=5),
        outcome("J", 3),
        intake("desk", BASE, 4, {"received": 2}, partition=7),
        intake("desk", BASE + 300_000, 4, None),
    ]
    rows = rows_of_facts(placed(contents))
    assert [(v["source"], v["id"], v["effectiveness"], v["is_deleted"]) for v in cells(rows.votes)] == [
        ("p1", "leads@2023-11", 4, 0),
        ("p2", "leads@2023-11", 0, 1),
    ]
    assert [(o["item"], o["on_time"], o["csat"], o["is_deleted"]) for o in cells(rows.outcomes)] == [
        ("I", True, 5, 0),
        ("J", None, None, 1),
    ]
    assert [(i["source"], i["partition"], i["pane"], i["counts"], i["is_deleted"]) for i in cells(rows.intake)] == [
        ("desk", 7, BASE, {"received": 2}, 0),
        ("desk", 0, BASE + 300_000, {}, 1),
    ]


def test_a_score_is_one_row_with_its_results() -> None:
    """A score's row has an array over its results for each of their fields; a score without any has empty ones."""
    results: list[dict[str, Any]] = [
        {"measure": "fpy", "value": 0.5, "n": 8, "k": 4, "low": 0.2, "high": 0.8},
        {"measure": "rating", "reason": "min_n"},
    ]
    rows, marks = rows_of_scores(placed([score(["A", "B"], 3, results), score(["A", "B"], 4, [], generation=2), watermark(5)]))
    full, bare = cells(rows)
    assert (full["parts"], full["window"], full["window_end"], full["version"]) == (["A", "B"], "24h", BASE, version_of(1, 3))
    assert [list(full[name]) for name in ("measure", "value", "n", "reason")] == [
        ["fpy", "rating"],
        [0.5, None],
        [8, 0],
        ["", "min_n"],
    ]
    assert (bare["generation"], list(bare["measure"]), list(bare["reason"])) == (2, [], [])
    assert [(mark["offset"], mark["w"]) for mark in cells(marks.watermarks)] == [(5, BASE + 5)]
    assert marks.history.rows == 1


def test_a_score_we_did_not_write_stops_the_process() -> None:
    """A scores record that can't be decoded is a bug: it raises, naming the record."""
    with pytest.raises(msgspec.MsgspecError) as caught:
        rows_of_scores(placed([(b"k", b"{}", ())], partition=2))
    assert caught.value.__notes__ == ["baton.scores.v1 partition 2 offset 0"]


def test_a_fact_we_did_not_write_stops_the_process() -> None:
    """A facts record that can't be decoded is a bug: it raises, naming the record."""
    with pytest.raises(msgspec.MsgspecError) as caught:
        rows_of_facts(placed([watermark(1), (b"k", b'{"kind":"item"}', ())], partition=3))
    assert caught.value.__notes__ == ["baton.facts.v1 partition 3 offset 1"]


def test_dead_letters_keep_the_original_bytes() -> None:
    """A dead letter's row has the original's bytes, where it came from and why."""
    (row,) = cells(rows_of_dead_letters(placed([letter(EVENTS, 2, 17)])))
    assert (row["origin"], row["partition"], row["position"], row["reason"]) == (EVENTS, 2, 17, "invalid_utf8")
    assert (row["key"], row["value"], row["by"]) == (None, b"\xff\x00", "journeys")


def test_a_letter_without_its_headers_stops_the_process() -> None:
    """A record of the dead letters topic that Baton did not write raises, naming the record."""
    with pytest.raises(KeyError) as caught:
        rows_of_dead_letters(placed([(b"k", b"v", ())]))
    assert caught.value.__notes__ == ["baton.dead-letters.v1 partition 0 offset 0"]
