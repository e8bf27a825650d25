"""One HTTP request as the engine needs it, read from its URL, headers, form and body. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from local.warehouse.clickhouse_errors import ErrorCode, clickhouse_error
from local.warehouse.refused_statements import why_setting_refused

_TRANSPORT = """
    query database default_format query_id session_id session_timeout session_check close_session user password quota_key
    role compress decompress buffer_size wait_end_of_query stacktrace client_protocol_version
    send_progress_in_http_headers http_headers_progress_interval_ms enable_http_compression
    cancel_http_readonly_queries_on_client_close
"""
NOT_SETTINGS = frozenset(_TRANSPORT.split())
"""URL parameters of the HTTP interface; every other one is a setting of the engine."""

LONGEST_SESSION_SECONDS = 3600


@dataclass(frozen=True)
class SessionRequest:
    """The session a request names; it expires ``timeout_seconds`` after its last request, or with this one if ``close``."""

    name: str
    timeout_seconds: int
    must_exist: bool
    close: bool


@dataclass(frozen=True)
class QueryRequest:
    """One request: ``text`` is the statement, with an insert's rows behind it; the rest shapes how it is run.

    ``parameters`` are the values of ``{name:Type}`` in the statement. ``read_only``: it may not write. ``wait_for_end``: the
    client asked for the whole result before the reply begins.
    """

    text: bytes
    parameters: dict[str, str]
    settings: dict[str, str]
    database: str
    default_format: str
    session: SessionRequest | None
    query_id: str
    read_only: bool
    wait_for_end: bool


def parse_request(
    method: str, url: Mapping[str, str], headers: Mapping[str, str], form: Mapping[str, str], body: bytes
) -> QueryRequest:
    """Read one request. The form's fields count like those of the URL; ?query= and the body are one text, as on a server.

    Raises ``ClickHouseError`` for parameters that can't be honoured.
    """
    given = {**url, **form}
    if given.get("compress") == "1" or given.get("decompress") == "1":
        raise clickhouse_error(
            ErrorCode.NOT_IMPLEMENTED,
            "compress=1 and decompress=1 are not spoken here. Use Accept-Encoding and Content-Encoding",
        )
    settings = {name: value for name, value in given.items() if name not in NOT_SETTINGS and not name.startswith("param_")}
    for name in settings:
        if refused := why_setting_refused(name):
            raise clickhouse_error(ErrorCode.BAD_ARGUMENTS, refused)
    if not given.get("query_id", "").isprintable():
        raise clickhouse_error(
            ErrorCode.BAD_ARGUMENTS, "query_id holds characters that can't be printed. Use letters and digits"
        )
    parts = [given.get("query", "").encode(), body]
    return QueryRequest(
        text=b"\n".join(part for part in parts if part),
        parameters={name.removeprefix("param_"): value for name, value in given.items() if name.startswith("param_")},
        settings=settings,
        database=given.get("database") or headers.get("X-ClickHouse-Database", ""),
        default_format=headers.get("X-ClickHouse-Format") or given.get("default_format") or "TabSeparated",
        session=_session(given, settings),
        query_id=given.get("query_id", ""),
        # As on a server: a link that is followed must not change anything.
        read_only=method in ("GET", "HEAD"),
        wait_for_end=given.get("wait_end_of_query") == "1",
    )


def _session(given: Mapping[str, str], settings: Mapping[str, str]) -> SessionRequest | None:
    name = given.get("session_id")
    if not name:
        return None
    # The engine never takes it back, so the session would stay read-only after this request.
    if "readonly" in settings:
        raise clickhouse_error(
            ErrorCode.NOT_IMPLEMENTED, "readonly for one request of a session can't be undone here. Ask without session_id"
        )
    seconds = given.get("session_timeout", "60")
    if not seconds.isdecimal() or int(seconds) > LONGEST_SESSION_SECONDS:
        raise clickhouse_error(
            ErrorCode.BAD_ARGUMENTS, f"Invalid session timeout {seconds!r}: give seconds from 0 to {LONGEST_SESSION_SECONDS}"
        )
    return SessionRequest(name, int(seconds), given.get("session_check") == "1", given.get("close_session") == "1")
