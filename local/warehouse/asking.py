"""What one HTTP request asks of the warehouse, read from its address, headers and form. Pure."""

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping
from dataclasses import dataclass

from local.warehouse.failures import AUTHENTICATION_FAILED, BAD_ARGUMENTS, NOT_IMPLEMENTED, failure
from local.warehouse.refusals import refused_setting

TRANSPORT = """
    query database default_format query_id session_id session_timeout session_check close_session user password quota_key
    role compress decompress buffer_size wait_end_of_query stacktrace client_protocol_version
    send_progress_in_http_headers http_headers_progress_interval_ms enable_http_compression
    cancel_http_readonly_queries_on_client_close
"""
RESERVED = frozenset(TRANSPORT.split())
"""Parameters of the transport: read here or without meaning here, never set on the engine."""

LONGEST_SESSION = 3600


@dataclass(frozen=True)
class SessionAsk:
    """The session a request wants: its name, how many seconds it may rest, whether it must exist, whether to end it."""

    name: str
    seconds: int
    must_exist: bool
    close: bool


@dataclass(frozen=True)
class Ask:
    """One request: the statement (an insert's rows behind it) and everything that shapes how it is run."""

    text: bytes
    parameters: dict[str, str]
    settings: dict[str, str]
    database: str
    default_format: str
    session: SessionAsk | None
    query_id: str
    reads_only: bool
    whole: bool


def ask_of(method: str, url: Mapping[str, str], headers: Mapping[str, str], form: Mapping[str, str], body: bytes) -> Ask:
    """Read one request. The form's fields count like those of the address; statement parts are joined as a server does.

    Raises ``Failure`` for parameters that can't be honoured.
    """
    given = {**url, **form}
    if given.get("compress") == "1" or given.get("decompress") == "1":
        raise failure(
            NOT_IMPLEMENTED, "compress=1 and decompress=1 are not spoken here. Use Accept-Encoding and Content-Encoding"
        )
    settings = {name: value for name, value in given.items() if name not in RESERVED and not name.startswith("param_")}
    for name in settings:
        if refused := refused_setting(name):
            raise failure(BAD_ARGUMENTS, refused)
    if not given.get("query_id", "").isprintable():
        raise failure(BAD_ARGUMENTS, "query_id holds characters that can't be printed. Use letters and digits")
    parts = [given.get("query", "").encode(), body]
    return Ask(
        text=b"\n".join(part for part in parts if part),
        parameters={name.removeprefix("param_"): value for name, value in given.items() if name.startswith("param_")},
        settings=settings,
        database=given.get("database") or headers.get("X-ClickHouse-Database", ""),
        default_format=headers.get("X-ClickHouse-Format") or given.get("default_format") or "TabSeparated",
        session=_session(given, settings),
        query_id=given.get("query_id", ""),
        reads_only=method in ("GET", "HEAD"),
        whole=given.get("wait_end_of_query") == "1",
    )


def _session(given: Mapping[str, str], settings: Mapping[str, str]) -> SessionAsk | None:
    name = given.get("session_id")
    if not name:
        return None
    if "readonly" in settings:
        raise failure(NOT_IMPLEMENTED, "readonly for one request of a session can't be undone here. Ask without session_id")
    seconds = given.get("session_timeout", "60")
    if not seconds.isdecimal() or int(seconds) > LONGEST_SESSION:
        raise failure(BAD_ARGUMENTS, f"Invalid session timeout {seconds!r}: give seconds from 0 to {LONGEST_SESSION}")
    return SessionAsk(name, int(seconds), given.get("session_check") == "1", given.get("close_session") == "1")


def check_account(url: Mapping[str, str], headers: Mapping[str, str], user: str) -> None:
    """Raise ``Failure`` (403) unless the request names ``user`` with an empty password, in any of the three ways."""
    named, secret = url.get("user", "default"), url.get("password", "")
    scheme, _, encoded = headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            named, _, secret = b64decode(encoded, validate=True).decode().partition(":")
        except (NotBase64, UnicodeDecodeError):
            named, secret = "", ""
    elif "X-ClickHouse-User" in headers:
        named, secret = headers["X-ClickHouse-User"], headers.get("X-ClickHouse-Key", "")
    if (named, secret) != (user, ""):
        raise failure(
            AUTHENTICATION_FAILED,
            f"{named}: Authentication failed: password is incorrect, or there is no user with such name. "
            f"This warehouse knows the user {user} with an empty password",
        )
