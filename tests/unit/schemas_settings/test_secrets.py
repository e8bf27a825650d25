"""A password comes from a file or from a variable, never from both, and is never printed."""

from pathlib import Path

import pytest

from schemas.errors import Stop
from schemas.settings import load


def refused(monkeypatch: pytest.MonkeyPatch, **variables: str) -> str:
    """What is said of settings that these variables make wrong."""
    for name, held in variables.items():
        monkeypatch.setenv(name, held)
    with pytest.raises(Stop) as stop:
        load()
    return str(stop.value)


@pytest.mark.parametrize("written", ["geheim", "geheim\n", "geheim\r\n"])
def test_the_password_is_what_the_file_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    """The end of the line is no part of the secret, because every editor writes one; printing the settings shows nothing."""
    file = tmp_path / "secret"
    file.write_bytes(written.encode())
    monkeypatch.setenv("BATON_CLICKHOUSE_PASSWORD_FILE", str(file))
    settings = load()
    assert settings.clickhouse_password.get_secret_value() == "geheim"
    assert "geheim" not in f"{settings!r} {settings}"


def test_without_a_file_the_variable_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable alone works as before, and nothing at all is an empty password."""
    assert load().clickhouse_password.get_secret_value() == ""
    monkeypatch.setenv("BATON_CLICKHOUSE_PASSWORD", "geheim")
    assert load().clickhouse_password.get_secret_value() == "geheim"


def test_both_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two passwords leave open which one counts; the refusal names both settings and shows neither."""
    (tmp_path / "secret").write_text("from-file")
    told = refused(
        monkeypatch,
        BATON_CLICKHOUSE_PASSWORD="from-variable",
        BATON_CLICKHOUSE_PASSWORD_FILE=str(tmp_path / "secret"),
    )
    assert "clickhouse_password: " in told and "by clickhouse_password_file; leave one of them out" in told
    assert "from-variable" not in told and "from-file" not in told


@pytest.mark.parametrize(
    ("written", "words"),
    [(None, "can't be read: No such file"), (b"", "is empty"), (b"\n", "is empty"), (b"\xff\xfe", "no UTF-8")],
)
def test_a_file_that_gives_no_password_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: bytes | None, words: str
) -> None:
    """A missing, empty or unreadable file is named with what to do; it is never taken for an empty password."""
    file = tmp_path / "secret"
    if written is not None:
        file.write_bytes(written)
    told = refused(monkeypatch, BATON_CLICKHOUSE_PASSWORD_FILE=str(file))
    assert str(file) in told and words in told


def test_a_password_of_the_wrong_kind_is_not_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal says which setting is wrong, and of a password not what it holds."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "baton.toml").write_text("clickhouse_password = 12345\ntick_ms = 1")
    with pytest.raises(Stop) as stop:
        load()
    assert "12345" not in str(stop.value)
    assert "clickhouse_password: " in str(stop.value) and "(got 1)" in str(stop.value)
