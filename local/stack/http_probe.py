"""Whether a process answers over HTTP."""

from http.client import HTTPConnection, HTTPException

TIMEOUT_SECONDS = 5


def http_answers(host: str, port: int, path: str) -> bool:
    """True when a GET of ``path`` is answered with 200."""
    connection = HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
