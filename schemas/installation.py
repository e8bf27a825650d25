"""The installation's own record: which generation holds, and what its settings were when it was made.

It lives on the control topic (key ``installation``), so every worker on every host reads the same one. Where a setting stands
there, the record decides: what is not set goes by it, and what is set otherwise is refused.
"""

from collections.abc import Container
from math import inf
from typing import Annotated, Literal

import msgspec
from pydantic import Field, ValidationError

from schemas.errors import Stop
from schemas.fields import Body, Count
from schemas.settings import Settings, place_of

KEY = b"installation"
CONSTANTS = ("time_zone", "horizon_days")
"""Settings that are constants of a generation; the home's time is one of the installation itself."""


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


def agreed(settings: Settings, record: Installation | None, free: Container[str] = ()) -> Settings:
    """The settings as the installation's record has them; as they are where there is none. Those in ``free`` stay as well.

    Raises ``Stop`` naming each that was set otherwise, where that was done, and how to mend it.
    """
    if record is None:
        return settings
    decided = {"time": record.time, **record.fold.model_dump()}
    recorded = {name: decided[name] for name in ("time", *CONSTANTS) if name not in free}
    given = {name: getattr(settings, name) for name in recorded if name in settings.model_fields_set}
    if other := [name for name, value in given.items() if value != recorded[name]]:
        raise Stop(
            "; ".join(
                f"{name}: {place_of(name)} says {given[name]!r}, the installation's record {recorded[name]!r}"
                for name in other
            ),
            f"take {' and '.join(map(place_of, other))} away: the record holds without it. " + _ways_on(other),
        )
    # Not ``model_copy``, which would count them as given: another record, asked later, must not find a contradiction in them.
    return Settings.model_construct(settings.model_fields_set, **(dict(settings) | recorded))


def next_fold(settings: Settings, record: Installation) -> FoldSettings:
    """The constants of the next generation: those that were set, the others as they are."""
    return record.fold.model_copy(update={n: getattr(settings, n) for n in CONSTANTS if n in settings.model_fields_set})


def _ways_on(other: list[str]) -> str:
    ways = []
    if "time" in other:
        ways.append("A home's time is settled when it is made; another one needs another --home")
    if constants := [f"BATON_{name.upper()}" for name in other if name != "time"]:
        ways.append(f"`baton rebuild` with {' and '.join(constants)} set begins a generation with the new value")
    return ". ".join(ways)
