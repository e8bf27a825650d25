"""What a request asks, read from address, headers and form."""

import pytest

from local.warehouse.clickhouse_errors import ClickHouseError
from local.warehouse.query_request import QueryRequest, SessionRequest, parse_request


def _ask(url: dict[str, str] | None = None, body: bytes = b"", method: str = "POST", **headers: str) -> QueryRequest:
    return parse_request(method, url or {}, {name.replace("_", "-"): value for name, value in headers.items()}, {}, body)


def test_statement_is_query_then_body() -> None:
    """The address's query and the body are one text, parted by a line end, as on a server."""
    assert _ask({"query": "INSERT INTO t FORMAT CSV"}, b"1").text == b"INSERT INTO t FORMAT CSV\n1"
    assert _ask({}, b"SELECT 1").text == b"SELECT 1"
    assert _ask({"query": "SELECT 1"}).text == b"SELECT 1"


def test_settings_parameters_and_transport_are_told_apart() -> None:
    """Only what is neither a parameter nor of the transport is a setting of the engine."""
    found = _ask({"max_threads": "1", "param_x": "2", "wait_end_of_query": "1", "database": "d", "query_id": "q"})
    assert (found.settings, found.parameters, found.wait_for_end) == ({"max_threads": "1"}, {"x": "2"}, True)
    assert (found.database, found.query_id, found.read_only) == ("d", "q", False)


def test_form_fields_count() -> None:
    """Fields of a form are read like those of the address."""
    found = parse_request("POST", {"param_a": "1"}, {}, {"query": "SELECT 1", "param_b": "2"}, b"")
    assert (found.text, found.parameters) == (b"SELECT 1", {"a": "1", "b": "2"})


def test_default_format() -> None:
    """The header's format wins over the parameter's, and both over TabSeparated."""
    assert _ask({"default_format": "CSV"}, X_ClickHouse_Format="JSON").default_format == "JSON"
    assert _ask({"default_format": "CSV"}).default_format == "CSV"
    assert _ask().default_format == "TabSeparated"


def test_sessions() -> None:
    """A session has a name, a time to rest and flags; a request without a name has none."""
    assert _ask({"session_id": "s", "session_check": "1"}).session == SessionRequest("s", 60, True, False)
    assert _ask({"session_id": "s", "session_timeout": "5", "close_session": "1"}).session == SessionRequest(
        "s", 5, False, True
    )
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
    with pytest.raises(ClickHouseError, match="DB::Exception"):
        _ask(url)
