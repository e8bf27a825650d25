"""A worker starts only where no setting contradicts what its generation was made with."""

import pytest

from schemas.errors import Stop
from schemas.installation import FoldSettings, Installation
from schemas.settings import load
from streams.worker_process import _agreed

MADE = Installation(name="n", generation=3, time="live", fold=FoldSettings(time_zone="Europe/Berlin", horizon_days=300))


def test_what_is_not_set_is_the_generations() -> None:
    """Without settings of its own a worker goes by the record."""
    assert _agreed(MADE, load()) is MADE


def test_a_setting_that_differs_is_refused() -> None:
    """What was set otherwise is named with both values, and only that."""
    with pytest.raises(Stop) as stop:
        _agreed(MADE, load(horizon_days=500, time_zone="Europe/Berlin"))
    assert "horizon_days" in stop.value.problem and "says 500, the installation's record 300" in stop.value.problem
    assert "time_zone" not in stop.value.problem


def test_without_a_record_a_worker_says_what_writes_it() -> None:
    """A control topic without the installation's record stops the worker."""
    with pytest.raises(Stop, match="baton up"):
        _agreed(None, load())
