"""The installation's own record: which generation holds, and the constants its folds were started with.

It lives on the control topic (key ``installation``), so every worker on every host reads the same one.
"""

from math import inf
from typing import Annotated, Literal

import msgspec
from pydantic import Field, ValidationError

from schemas.errors import Stop
from schemas.fields import Body, Count
from schemas.settings import Settings

KEY = b"installation"


class FoldSettings(Body):
    """What shapes a fold besides its log. Changed only by a rebuild."""

    time_zone: str
    horizon_days: Annotated[int, Field(ge=1)]


class Installation(Body):
    """Generation of this installation. ``rebuilt_until``: per events partition, the last tick offset that readers of the
    generation before had seen; up to there only ticks on the five-minute grid are accepted, and that one.
    ``unmarked_until``: per events partition, the offset below which control records may have any key, because the clock of
    those days gave them their subject's; null: everywhere. ``contributions_from``: per contributions partition, its end when
    the generation was recorded; everything of the generation stands behind it. ``rating_zone``: the time zone in which ratings
    have their months, where it is not the fold's: the one of the first generation."""

    name: str
    generation: Annotated[int, Field(ge=1, lt=1 << 15)]
    time: Literal["live", "log"]
    fold: FoldSettings
    rebuilt_until: dict[int, Count] = Field(default_factory=dict)
    unmarked_until: dict[int, Count] | None = None
    contributions_from: dict[int, Count] = Field(default_factory=dict)
    rating_zone: str | None = None

    def unmarked_before(self, partition: int) -> float:
        """``unmarked_until`` of one partition: 0 where it says nothing of it, without bound where it is null."""
        return inf if self.unmarked_until is None else self.unmarked_until.get(partition, 0)

    @property
    def zone_of_ratings(self) -> str:
        """The time zone in which ratings have their months.

        The same in every generation: other months would make other rating groups, whose differences are no groups.
        """
        return self.rating_zone or self.fold.time_zone

    def encode(self) -> bytes:
        """Its value on the control topic."""
        return self.model_dump_json().encode()


def decode(value: bytes) -> Installation:
    """The installation in a control record. Raises ``Stop`` when it can't be read."""
    try:
        return Installation.model_validate(msgspec.json.decode(value), strict=False)
    except (ValidationError, msgspec.MsgspecError) as error:
        raise Stop(
            f"the installation's record is unreadable: {error}", "restore baton.control.v1, or `baton rebuild`"
        ) from error


def fold_settings(settings: Settings) -> FoldSettings:
    """The constants of the fold that ``settings`` ask for."""
    return FoldSettings(time_zone=settings.time_zone, horizon_days=settings.horizon_days)
