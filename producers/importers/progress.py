"""How far an import has come."""

from typing import Literal, Protocol

ImportStage = Literal["reading", "sorting", "publishing"]


class Progress(Protocol):
    """Called now and then: ``done`` of ``total`` bytes (reading) or rows (the other stages)."""

    def __call__(self, stage: ImportStage, done: int, total: int) -> None: ...


def no_progress(stage: ImportStage, done: int, total: int) -> None:
    """Shows nothing."""
