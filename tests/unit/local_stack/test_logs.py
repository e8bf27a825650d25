"""Logs are bounded and read from the end."""

import signal
from pathlib import Path

from local.stack.logs import KILLED, Follower, exit_reason, last_lines, rotate


def test_a_full_log_moves_on_and_the_oldest_goes(tmp_path: Path) -> None:
    """Of a log only the newest files are kept; the open file is emptied, not replaced."""
    log = tmp_path / "worker.log"
    with log.open("ab", buffering=0) as held:
        for number in range(5):
            held.write(f"{number}\n".encode() * 10)
            assert rotate(log, most_bytes=10, kept=2)
        held.write(b"now\n")
    assert log.read_text() == "now\n"
    assert [p.read_text()[:1] for p in (tmp_path / "worker.log.1", tmp_path / "worker.log.2")] == ["4", "3"]
    assert not (tmp_path / "worker.log.3").exists()


def test_a_small_log_stays(tmp_path: Path) -> None:
    """A log below the bound is not touched."""
    log = tmp_path / "worker.log"
    log.write_text("few")
    assert not rotate(log, most_bytes=10)
    assert log.read_text() == "few"


def test_the_exit_reason_is_the_problem_and_its_mend(tmp_path: Path) -> None:
    """Of a stop the whole message is shown, of a crash the last line, and nothing of an earlier life."""
    log = tmp_path / "worker.log"
    log.write_text("stopped: old\n  mend: old\n")
    begun = log.stat().st_size
    with log.open("a") as held:
        held.write("working\nstopped: no history below 7\n  mend: baton rebuild\n")
    assert exit_reason(log, 78, begun) == "stopped: no history below 7\n  mend: baton rebuild"
    begun = log.stat().st_size
    with log.open("a") as held:
        held.write("Traceback\n  line\nKeyError: 'x'\n\n")
    assert exit_reason(log, 1, begun) == "KeyError: 'x'"


def test_what_a_killed_process_wrote_last_is_no_reason(tmp_path: Path) -> None:
    """It had no time to say why. One that ended otherwise had, and of one that stopped first its message stays."""
    log = tmp_path / "worker.log"
    log.write_text("inserted 300 records\n")
    assert exit_reason(log, -signal.SIGKILL) == KILLED
    assert exit_reason(log, 1) == exit_reason(log, -signal.SIGABRT) == "inserted 300 records"
    log.write_text("stopped: no history below 7\n  mend: baton rebuild\n")
    assert exit_reason(log, -signal.SIGKILL).startswith("stopped: no history")


def test_the_last_lines_are_the_last(tmp_path: Path) -> None:
    """As many lines as asked for, the newest, oldest first."""
    log = tmp_path / "x.log"
    log.write_text("".join(f"{n}\n" for n in range(100)))
    assert last_lines(log, 3) == ["97", "98", "99"]
    assert last_lines(tmp_path / "none.log", 3) == []


def test_a_follower_reads_each_word_once(tmp_path: Path) -> None:
    """Following begins at the end, gives each new piece once, and begins anew when the log was emptied."""
    log = tmp_path / "x.log"
    log.write_text("old\n")
    follower = Follower(log)
    assert follower.more() == ""
    with log.open("a") as held:
        held.write("new\n")
    assert (follower.more(), follower.more()) == ("new\n", "")
    log.write_text("a\n")
    assert follower.more() == "a\n"
