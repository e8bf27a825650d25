"""What verify prints of a difference: enough to find it, and of a single vote nothing that is nobody's to read."""

from schemas.keys import fact_key
from verification.comparison import named, told


def test_a_difference_shows_what_stands_there() -> None:
    """Kind, item and content of a fact."""
    key = fact_key("handoff", "W1", "desk", "h1")
    assert (named(key), told(key, b'{"state":"offered"}')) == ("handoff W1 desk h1", '{"state":"offered"}')


def test_a_vote_shows_neither_rater_nor_grades() -> None:
    """Of a vote only pair, deliverable and month."""
    key = fact_key("vote", "A > B", "p-ana", "leads@2026-03")
    assert (named(key), told(key, b'{"rater":"p-ana","effectiveness":1}')) == ("vote A > B leads@2026-03", "a vote")
