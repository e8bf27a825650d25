"""What a request asks, read from address, headers and form."""

from base64 import b64encode

import pytest

from local.warehouse.asking import Ask, SessionAsk, ask_of, check_account
from local.warehouse.failures import Failure


def _ask(url: dict[str, str] | None = None, body: bytes = b"", method: str = "POST", **headers: str) -> Ask:
    return ask_of(method, url or {}, {name.replace("_", "-"): value for name, value in headers.items()}, {}, body)


def test_statement_is_query_then_body() -> None:
    """The address's query and the body are one text, parted by a line end, as on a server."""
    assert _ask({"query": "INSERT INTO t FORMAT CSV"}, b"1").text == b"INSERT INTO t FORMAT CSV\n1"
    assert _ask({}, b"SELECT 1").text == b"SELECT 1"
    assert _ask({"query": "SELECT 1"}).text == b"SELECT 1"


def test_settings_parameters_and_transport_are_told_apart() -> None:
    """Only what is neither a parameter nor of the transport is a setting of the engine."""
    found = _ask({"max_threads": "1", "param_x": "2", "wait_end_of_query": "1", "database": "d", "query_id": "q"})
    assert (found.settings, found.parameters, found.whole) == ({"max_threads": "1"}, {"x": "2"}, True)
    assert (found.database, found.query_id, found.reads_only) == ("d", "q", False)


def test_form_fields_count() -> None:
    """Fields of a form are read like those of the address."""
    found = ask_of("POST", {"param_a": "1"}, {}, {"query": "SELECT 1", "param_b": "2"}, b"")
    assert (found.text, found.parameters) == (b"SELECT 1", {"a": "1", "b": "2"})


def test_default_format() -> None:
    """The header's format wins over the parameter's, and both over TabSeparated."""
    assert _ask({"default_format": "CSV"}, X_ClickHouse_Format="JSON").default_format == "JSON"
    assert _ask({"default_format": "CSV"}).default_format == "CSV"
    assert _ask().default_format == "TabSeparated"


def test_sessions() -> None:
    """A session has a name, a time to rest and flags; a request without a name has none."""
    assert _ask({"session_id": "s", "session_check": "1"}).session == SessionAsk("s", 60, True, False)
    assert _ask({"session_id": "s", "session_timeout": "5", "close_session": "1"}).session == SessionAsk("s", 5, False, True)
    assert _ask({"session_timeout": "5"}).session is None


@pytest.mark.parametrize(
    "url",
    [
        {"compress": "1"},
        {"decompress": "1"},
        {"dialect": "prql"},
        {"query_id": "a\nb"},
        {"session_id": "s", "session_timeout": "4000"},
        {"session_id": "s", "session_timeout": "-1"},
        {"session_id": "s", "readonly": "1"},
    ],
)
def test_what_cannot_be_honoured_is_refused(url: dict[str, str]) -> None:
    """A parameter that can't be honoured is an error that says so, never ignored."""
    with pytest.raises(Failure, match="DB::Exception"):
        _ask(url)


def _basic(text: str) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(text.encode()).decode()}


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        ({}, _basic("baton:")),
        ({}, {"X-ClickHouse-User": "baton", "X-ClickHouse-Key": ""}),
        ({"user": "baton"}, {}),
        ({"user": "baton", "password": ""}, {}),
    ],
)
def test_account_is_known_in_three_ways(url: dict[str, str], headers: dict[str, str]) -> None:
    """Basic, ClickHouse's headers and the address all name the account."""
    check_account(url, headers, "baton")


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        ({}, {}),
        ({}, _basic("baton:x")),
        ({}, _basic("other:")),
        ({"user": "baton"}, _basic("baton:x")),
        ({}, {"Authorization": "Basic ###"}),
        ({}, {"X-ClickHouse-User": "baton", "X-ClickHouse-Key": "x"}),
        ({"user": "baton", "password": "x"}, {}),
        ({"user": "default"}, {}),
    ],
)
def test_other_accounts_are_turned_away(url: dict[str, str], headers: dict[str, str]) -> None:
    """Any other name or password is a 403 with ClickHouse's code."""
    with pytest.raises(Failure, match="AUTHENTICATION_FAILED") as caught:
        check_account(url, headers, "baton")
    assert (caught.value.code, caught.value.status) == (516, 403)
