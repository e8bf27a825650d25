"""Queries as files."""

from verification.queries import query


def test_files_are_joined_by_name() -> None:
    """A query that names another has its text in place, without remarks."""
    text = query("item_paths_compared")
    assert query("item_paths_from_raw") in text
    assert "({" not in text and "\n--" not in text
