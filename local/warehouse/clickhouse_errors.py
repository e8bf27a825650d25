"""ClickHouse's error codes, their HTTP status, and errors worded as a server words them."""

import re
from enum import IntEnum
from http import HTTPStatus


class ErrorCode(IntEnum):
    """ClickHouse's numbers of the errors that this program raises itself."""

    BAD_ARGUMENTS = 36
    NOT_IMPLEMENTED = 48
    SYNTAX_ERROR = 62
    QUERY_IS_TOO_LARGE = 66
    INCORRECT_DATA = 117
    READONLY = 164
    SUPPORT_IS_DISABLED = 344  # refused statements: the account is right, this warehouse does not run it
    SESSION_NOT_FOUND = 372
    SESSION_IS_LOCKED = 373
    ACCESS_DENIED = 497
    AUTHENTICATION_FAILED = 516
    STD_EXCEPTION = 1001


# Codes by the status a server gives them; any other code is a 500.
CODES_BY_STATUS = {
    HTTPStatus.UNAUTHORIZED: (194,),
    HTTPStatus.FORBIDDEN: (192, 193, ErrorCode.ACCESS_DENIED, ErrorCode.AUTHENTICATION_FAILED, ErrorCode.SUPPORT_IS_DISABLED),
    HTTPStatus.BAD_REQUEST: (
        *(6, 7, 8, 15, 16, 25, 26, 27, 33, ErrorCode.BAD_ARGUMENTS, 38, 41, 43, 44, 53, ErrorCode.SYNTAX_ERROR, 69, 72),
        *(ErrorCode.INCORRECT_DATA, 130, 131, 132, 167, 168, 456, 457),
    ),
    HTTPStatus.NOT_FOUND: (46, 47, 50, 56, 60, 63, 73, 78, 81, 115, 336, ErrorCode.SESSION_NOT_FOUND),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (ErrorCode.QUERY_IS_TOO_LARGE,),
    HTTPStatus.NOT_IMPLEMENTED: (ErrorCode.NOT_IMPLEMENTED,),
    HTTPStatus.REQUEST_TIMEOUT: (159,),
}
HTTP_STATUS = {code: status for status, codes in CODES_BY_STATUS.items() for code in codes}

CODE = re.compile(r"Code: (\d+)\. ")


class ClickHouseError(Exception):
    """A request that the warehouse answers with an error: ``code`` is ClickHouse's number, ``text`` the body."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text

    @property
    def status(self) -> int:
        """The HTTP status a server would give this code."""
        return int(HTTP_STATUS.get(self.code, HTTPStatus.INTERNAL_SERVER_ERROR))


def clickhouse_error(code: ErrorCode, sentence: str) -> ClickHouseError:
    """An error of this program's own, worded like the engine's: ``Code: N. DB::Exception: ... (NAME)``."""
    return ClickHouseError(code, f"Code: {code:d}. DB::Exception: {sentence} ({code.name})")


def engine_error(text: str) -> ClickHouseError:
    """An error out of the text the engine raised; one without a code is given ErrorCode.STD_EXCEPTION."""
    found = CODE.search(text)
    if found is None:
        return clickhouse_error(ErrorCode.STD_EXCEPTION, text)
    return ClickHouseError(int(found.group(1)), text[found.start() :].strip())
