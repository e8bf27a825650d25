"""Generations long past leave nothing on disk; the current one and the one before it keep everything."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from streams.engine.retention import drop_old_generations, older

STAGES = ("journeys", "scores")


def left(place: Path) -> set[str]:
    """Files below a place."""
    return {path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file()}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """States and copies of five generations of two stages, and things that are no generation."""
    for generation in range(1, 6):
        for stage in STAGES:
            for path in (f"state/g{generation}/{stage}-0/x", f"copies/i/{stage}/g{generation}/p0/7/x"):
                (tmp_path / path).parent.mkdir(parents=True)
                (tmp_path / path).write_text("state")
        (tmp_path / f"state/g{generation}/scratch").mkdir()
    for path in ("state/notes/x", "state/gone/x", "copies/i/journeys/g1.txt", "copies/other/journeys/g1/p0/7/x"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("not ours")
    return tmp_path


def test_only_what_lies_before_the_previous_generation_is_older() -> None:
    """The current, the previous and later ones stay, in any order and with any gaps; what is no generation is never named."""
    assert older(["g9", "g10", "g2", "g1", "g11", "gx", "g", "h1", "1"], 10) == ["g1", "g2"]
    assert older(["g1"], 2) == older(["g1"], 1) == []


def test_a_start_removes_states_and_copies_of_old_generations(home: Path) -> None:
    """Of this stage everything before the previous generation goes, and the log says which; another stage's stays, and so
    does everything of another installation and what nobody knows."""
    before = left(home)
    with capture_logs() as said:
        drop_old_generations("journeys", 5, home / "state", str(home / "copies"), "i/journeys")
    gone = {f"state/g{g}/journeys-0/x" for g in (1, 2, 3)} | {f"copies/i/journeys/g{g}/p0/7/x" for g in (1, 2, 3)}
    assert before - left(home) == gone
    assert [(line["event"].split()[0], line["generations"]) for line in said] == [
        ("states", ["g1", "g2", "g3"]),
        ("snapshots", ["g1", "g2", "g3"]),
    ]
    with capture_logs() as said:
        drop_old_generations("journeys", 5, home / "state", str(home / "copies"), "i/journeys")
    assert said == []


def test_the_last_stage_takes_the_folder(home: Path) -> None:
    """A generation's folder goes with its last stage; that of the previous generation stays."""
    for stage in STAGES:
        drop_old_generations(stage, 5, home / "state", str(home / "copies"), f"i/{stage}")
    assert {path.name for path in (home / "state").iterdir()} == {"g4", "g5", "notes", "gone"}


def test_copies_that_do_not_answer_stop_nobody(home: Path) -> None:
    """Housekeeping is a convenience: when the file system fails the worker starts, and a warning says what stayed."""
    with capture_logs() as said:
        drop_old_generations("journeys", 5, home / "state", "nosuchscheme://copies", "i/journeys")
    assert [line["log_level"] for line in said] == ["info", "warning"]


def test_a_first_start_has_nothing_to_forget(tmp_path: Path) -> None:
    """In a home without state and copies nothing is made and nothing said."""
    with capture_logs() as said:
        drop_old_generations("journeys", 1, tmp_path / "state", str(tmp_path / "copies"), "i/journeys")
    assert (said, list(tmp_path.iterdir())) == ([], [])
