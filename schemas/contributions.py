"""Contributions: the integers that one subject's facts give to one scope. The scores stage sums them in panes.

An upsert like a fact: key = scope and subject, version = ``generation << 48 | tick offset``; only the subject's partition
writes it. ``live: false`` takes it away: the subject has left the scope.
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
    """What ``subject`` gives to a scope.

    ``scope``: pair (supplier, customer), both (two teams, sorted: custody), route (teams in order) or source (a source).
    ``subject``: the work item, of votes the pair's subject and their month, of a source "source#partition#pane".
    """

    scope: Scope
    parts: Annotated[list[Name], Field(min_length=1, max_length=50)]
    subject: Annotated[str, Field(min_length=1, max_length=420)]
    version: Count
    partition: Count
    w: Ms
    live: bool = True
    entries: list[Entry]
