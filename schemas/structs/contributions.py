"""Records of the contributions topic.

Made by `python -m schemas.generate` from the models in schemas/contributions.py; don't edit it by hand.
"""

from typing import Annotated

from msgspec import Meta, Struct

from schemas.structs.fields import Count, Ms, Name, Scope


class Entry(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """``amount`` is added to counter ``field`` (``key``: a bucket, code or cell of it) in the panes that hold ``at``."""

    at: Ms
    field: Name
    key: str = ""
    amount: int = 1


class Contribution(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True, tag_field="kind", tag="contribution"):
    """What a fact of ``subject`` gives to a scope."""

    scope: Scope
    parts: Annotated[list[Name], Meta(min_length=1, max_length=50)]
    subject: Annotated[str, Meta(min_length=1, max_length=420)]
    version: Count
    partition: Count
    w: Ms
    entries: list[Entry]
    live: bool = True
    source: Annotated[str, Meta(max_length=200)] = ""
    id: Annotated[str, Meta(max_length=220)] = ""
    group: Count = 0
