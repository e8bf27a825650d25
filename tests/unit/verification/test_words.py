"""What verify prints of a fact or a score: enough to find it, and of a single vote nothing that is nobody's to read."""

import pytest

from schemas.keys import fact_key, score_key
from schemas.structs.scores import Result
from verification.published_rows import score_content
from verification.words import named, told

END = 1_767_571_200_000
"""2026-01-05, a midnight."""


@pytest.mark.parametrize(
    ("key", "name"),
    [
        (fact_key("item", "W1"), "item W1"),
        (fact_key("handoff", "W1", "desk", "h1"), "handoff h1 of W1, desk"),
        (fact_key("intake", "desk", "2", str(END)), "intake of desk, partition 2, pane of 2026-01-05 00:00"),
        (score_key("pair", ["A", "B"], "24h", END, "live"), "pair A > B, 24h until 2026-01-05 00:00"),
        (score_key("both", ["A", "B"], "7d", END, "live"), "both A and B, 7d until 2026-01-05 00:00"),
        (score_key("route", ["A", "B", "A"], "1h", END, "live"), "route A > B > A, 1h until 2026-01-05 00:00"),
        (score_key("source", ["desk-tool"], "24h", END, "live"), "source desk-tool, 24h until 2026-01-05 00:00"),
        (
            score_key("pair", ["A", "B"], "30d", END, "daily"),
            "pair A > B, 30d until 2026-01-05 00:00 (refreshed daily)",
        ),
    ],
)
def test_a_key_is_told_in_words(key: bytes, name: str) -> None:
    """Teams, times and windows, and no number that only a program reads."""
    assert named(key) == name


def test_a_fact_shows_what_stands_there() -> None:
    """As it is."""
    assert told(fact_key("handoff", "W1", "desk", "h1"), b'{"state":"offered"}') == '{"state":"offered"}'


def test_a_score_shows_its_results_and_nothing_that_is_not_its_own() -> None:
    """Each measure with what it rests on, or why it has no value."""
    key = score_key("source", ["desk-tool"], "24h", END, "live")
    results = [
        Result(measure="fpy", value=0.5, n=4, k=2),
        Result(measure="received", value=7.0, n=7),
        Result(measure="returns", part="defect", reason="too_few", n=1),
        Result(measure="duplicate", value=0.0),
    ]
    said = "provisional: fpy 0.5 (2 of 4), received 7 (n 7), returns of defect too_few (n 1), duplicate 0"
    assert told(key, score_content("provisional", results)) == said


def test_a_vote_shows_neither_rater_nor_grades() -> None:
    """Of a vote only pair, deliverable and month."""
    key = fact_key("vote", "A > B", "p-ana", "leads@2026-03")
    assert (named(key), told(key, b'{"rater":"p-ana","effectiveness":1}')) == ("vote A > B leads@2026-03", "a vote")
