"""How far an import has come."""

from typing import Literal, Protocol

Stage = Literal["reading", "sorting", "publishing"]


class Progress(Protocol):
    """Called now and then: ``done`` of ``total`` bytes (reading) or rows (the other stages)."""

    def __call__(self, stage: Stage, done: int, total: int) -> None: ...


def silent(stage: Stage, done: int, total: int) -> None:
    """Shows nothing."""
