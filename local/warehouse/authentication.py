"""The one account of the local warehouse: a name and an empty password."""

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping

from local.warehouse.clickhouse_errors import ErrorCode, clickhouse_error


def check_account(url: Mapping[str, str], headers: Mapping[str, str], user: str) -> None:
    """Raise ``ClickHouseError`` (403) unless the request names ``user`` with an empty password.

    It may do so by HTTP Basic, by X-ClickHouse-User and -Key, or by ?user= and &password=.
    """
    name, secret = url.get("user", "default"), url.get("password", "")
    scheme, _, encoded = headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            name, _, secret = b64decode(encoded, validate=True).decode().partition(":")
        except (NotBase64, UnicodeDecodeError):
            # Unreadable counts as wrong, not as absent: the defaults of the URL must not let it in.
            name, secret = "", ""
    elif "X-ClickHouse-User" in headers:
        name, secret = headers["X-ClickHouse-User"], headers.get("X-ClickHouse-Key", "")
    if (name, secret) != (user, ""):
        raise clickhouse_error(
            ErrorCode.AUTHENTICATION_FAILED,
            f"{name}: Authentication failed: password is incorrect, or there is no user with such name. "
            f"This warehouse knows the user {user} with an empty password",
        )
