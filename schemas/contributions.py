"""Contributions: the integers that a fact of one subject gives to one scope. The scores stage sums them in panes.

An upsert like a fact: key = scope and fact (or group of one), version = ``generation << 48 | tick offset``; only the subject's
partition writes it. ``live: false`` takes it away: the fact has left the scope. So small that a change publishes what changed
(docs/decisions/0015-grain-of-contributions.md).
"""

from typing import Annotated

from pydantic import Field

from schemas.fields import Body, Count, Ms, Name, Scope


class Entry(Body):
    """``amount`` is added to counter ``field`` (``key``: a bucket, code or cell of it) in the panes that hold ``at``."""

    at: Ms
    field: Name
    key: str = ""
    amount: int = 1


class Contribution(Body):
    """What a fact of ``subject`` gives to a scope.

    ``scope``: pair (supplier, customer), both (two teams, sorted: custody), route (teams in order) or source (a source).
    ``subject``: the work item, of a rating group its pair, of a source "source#partition#pane". ``source``, ``id``: of a
    handoff's fact; else empty. ``group``: the number of a rating group, of custody steps, or of a handoff's earlier offers
    (``measures.contributions``).
    """

    scope: Scope
    parts: Annotated[list[Name], Field(min_length=1, max_length=50)]
    subject: Annotated[str, Field(min_length=1, max_length=420)]
    version: Count
    partition: Count
    w: Ms
    live: bool = True
    entries: list[Entry]
    source: Annotated[str, Field(max_length=200)] = ""
    id: Annotated[str, Field(max_length=220)] = ""
    group: Count = 0
