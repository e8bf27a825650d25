"""A worker starts only with the settings its generation was made with."""

import pytest

from schemas.errors import Stop
from schemas.installation import FoldSettings, Installation
from schemas.settings import load
from streams.worker_process import _agreed


def test_a_setting_that_differs_is_named_with_both_values() -> None:
    """What the generation was made with and what is asked for stand in the message, and only what differs; the mend names its
    variable."""
    made = Installation(name="n", generation=3, time="live", fold=FoldSettings(time_zone="UTC", horizon_days=400))
    assert _agreed(made, load()) is made
    with pytest.raises(Stop) as stop:
        _agreed(made, load(horizon_days=500))
    assert stop.value.problem == "horizon_days: the settings ask for 500, generation 3 was made with 400"
    assert "set BATON_HORIZON_DAYS back" in stop.value.mend
    with pytest.raises(Stop, match=r"time_zone: .*'Europe/Berlin'.*'UTC'; horizon_days: "):
        _agreed(made, load(horizon_days=500, time_zone="Europe/Berlin"))


def test_without_a_record_a_worker_says_what_writes_it() -> None:
    """A control topic without the installation's record stops the worker."""
    with pytest.raises(Stop, match="baton up"):
        _agreed(None, load())
