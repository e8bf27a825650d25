"""Readers get views, and nothing with a single vote in it."""

import re

from sinks.migration_files import read
from sinks.reader_views import HIDDEN, PRIVATE_VIEWS, reader_views, statements
from sinks.warehouse_relations import relations

WITH_VOTES = {"raw_events", "vote_facts", "dead_letter_log", "votes", "audit"}
"""Tables with single votes, and the view of them."""
CONSIDERED = {
    "events": "bodies of ratings are hidden",
    "surviving_events": "which events count; no rater, grade or bytes",
    "dead_letters": "what may hold a vote is hidden",
    "beyond_cap": "bytes of ratings are hidden",
    "team_names": "what the clock broadcast of teams",
    "rating_coverage": "how many votes, by pair and month; no grade",
}
"""Views over those tables that readers get all the same: why they may."""
ALL = read()
FOUND = relations(ALL)


def sources() -> dict[str, set[str]]:
    """Of each view the tables and views that its newest definition names."""
    named: dict[str, set[str]] = {}
    for migration in ALL:
        for statement in migration.statements:
            if made := re.match(r"CREATE OR REPLACE VIEW (\w+)\n.*?\n\)\nAS\b(.*)\nCOMMENT", statement, re.DOTALL):
                named[made[1]] = set(re.findall(r"\b(?:FROM|JOIN) (\w+)", made[2]))
    return named


def test_no_view_for_readers_is_made_of_single_votes_unless_that_was_considered() -> None:
    """A view over a table with single votes is private, or stands in the list above with its reason."""
    over = {view for view, tables in sources().items() if tables & WITH_VOTES}
    assert over == CONSIDERED.keys() | PRIVATE_VIEWS
    assert {view.name for view in reader_views(FOUND)} == sources().keys() - PRIVATE_VIEWS


def test_what_readers_do_not_see_of_events() -> None:
    """Rater, team and grades have no column; the bytes of ratings are left out; every other view is as it is."""
    shown = {view.name: {column.name for column in view.columns} for view in reader_views(FOUND)}
    assert not shown["events"] & {"rater", "team", "effectiveness", "consistency", "kind"}
    assert not {"rater", "effectiveness", "consistency"} & set().union(*shown.values())
    private = {relation.name: {column.name for column in relation.columns} for relation in FOUND}
    assert all(shown[name] == private[name] for name in shown.keys() - HIDDEN.keys())


def test_views_for_readers_are_read_with_their_definers_rights() -> None:
    """Each has SQL SECURITY DEFINER and reads the private database, by name, or, called with values, where it is run; a
    reader's account needs no grant on that."""
    made = statements(FOUND, "b_private", "b")
    called = [view.name for view in reader_views(FOUND) if view.parameters]
    assert len(made) == len(reader_views(FOUND)) and called == ["handoffs_at", "scores_at"]
    for statement in made:
        assert re.match(r"CREATE OR REPLACE VIEW `b`\.\w+\n\(", statement)
        assert statement.count("\nSQL SECURITY DEFINER\nAS") == 1
        of_itself = any(f"`b`.{name}\n" in statement for name in called)
        assert ("FROM `b_private`." in statement) != of_itself


def test_the_readers_role() -> None:
    """On a server: a role that may read the readers' database and nothing else."""
    (access,) = [migration for migration in ALL if migration.is_access]
    assert access.statements == (
        "CREATE ROLE IF NOT EXISTS `{readers}_reader`",
        "GRANT SELECT ON `{readers}`.* TO `{readers}_reader`",
    )
