"""What the installation's record decides holds; a setting that contradicts it is refused with where it stands."""

from pathlib import Path

import pytest

from schemas.errors import Stop
from schemas.installation import CONSTANTS, FoldSettings, Installation, agreed, next_fold
from schemas.settings import load

FOLD = FoldSettings(time_zone="Europe/Berlin", horizon_days=300)
RECORD = Installation(name="n", generation=3, time="log", fold=FOLD)


@pytest.fixture(autouse=True)
def nothing_given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A folder without a baton.toml, and none of the settings in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in ("time", *CONSTANTS):
        monkeypatch.delenv(f"BATON_{name.upper()}", raising=False)


def test_what_is_not_set_is_the_records() -> None:
    """With nothing set the record's time, time zone and horizon hold; control: without a record the defaults do."""
    found = agreed(load(worker="w"), RECORD)
    assert (found.time, found.time_zone, found.horizon_days, found.worker) == ("log", "Europe/Berlin", 300, "w")
    assert agreed(load(), None).time == "live"


def test_what_agrees_may_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """A setting that says the same is no contradiction."""
    monkeypatch.setenv("BATON_TIME", "log")
    monkeypatch.setenv("BATON_HORIZON_DAYS", "300")
    assert agreed(load(), RECORD).horizon_days == 300


def test_another_time_in_the_environment_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says both values, the variable, and both ways on; the default's own value, when it is set, is one, too."""
    monkeypatch.setenv("BATON_TIME", "live")
    with pytest.raises(Stop) as stop:
        agreed(load(), RECORD)
    assert stop.value.problem == "time: BATON_TIME in the environment says 'live', the installation's record 'log'"
    assert "take BATON_TIME in the environment away" in stop.value.mend and "another --home" in stop.value.mend


def test_a_line_of_the_file_is_named(tmp_path: Path) -> None:
    """Of baton.toml the file and the name are said; every contradiction at once."""
    (tmp_path / "baton.toml").write_text('time_zone = "UTC"\nhorizon_days = 400\n')
    with pytest.raises(Stop) as stop:
        agreed(load(), RECORD)
    place = tmp_path / "baton.toml"
    assert f"time_zone: time_zone in {place} says 'UTC', the installation's record 'Europe/Berlin'" in stop.value.problem
    assert f"horizon_days: horizon_days in {place} says 400, the installation's record 300" in stop.value.problem
    assert "`baton rebuild` with BATON_TIME_ZONE and BATON_HORIZON_DAYS set" in stop.value.mend


def test_what_a_record_decided_is_not_given() -> None:
    """Settings that went by an old copy of the record find no contradiction in the record itself; nor does a second look."""
    later = RECORD.model_copy(update={"fold": FoldSettings(time_zone="UTC", horizon_days=500)})
    assert agreed(agreed(load(), RECORD), later).horizon_days == 500


def test_a_rebuild_takes_what_is_set_and_keeps_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """A time zone that was forgotten at a rebuild stays what it was; the horizon that was set is the next generation's."""
    monkeypatch.setenv("BATON_HORIZON_DAYS", "500")
    settings = agreed(load(), RECORD, free=CONSTANTS)
    assert (settings.time, settings.horizon_days) == ("log", 500)
    assert next_fold(settings, RECORD) == FoldSettings(time_zone="Europe/Berlin", horizon_days=500)
    monkeypatch.setenv("BATON_TIME", "live")
    with pytest.raises(Stop, match=r"^time: "):
        agreed(load(), RECORD, free=CONSTANTS)
