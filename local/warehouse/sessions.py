"""Named sessions: a connection kept between requests, so that SET and temporary tables last. Used from one thread only."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from local.warehouse.clickhouse_errors import ErrorCode, clickhouse_error
from local.warehouse.query_request import SessionRequest


class Closable(Protocol):
    """What a session keeps, such as a connection."""

    def close(self) -> None:
        """Release it; called once, at the session's end."""


C = TypeVar("C", bound=Closable)


@dataclass
class _Session(Generic[C]):
    connection: C
    busy: bool
    expires_at: float


class Sessions(Generic[C]):
    """The open sessions; expired ones are closed at the next request of any. ``clock`` gives seconds that never go back."""

    def __init__(self, connect: Callable[[], C], clock: Callable[[], float]) -> None:
        self._connect = connect
        self._clock = clock
        self._sessions: dict[str, _Session[C]] = {}

    def acquire(self, asked: SessionRequest) -> C:
        """The session's connection, for one request alone; a new session's where there is none of that name.

        Raises ``ClickHouseError`` when the session is in use, or missing though it must exist.
        """
        # At a request and not by a timer: a session that expired does no harm until somebody asks.
        self._close_expired()
        session = self._sessions.get(asked.name)
        if session is None:
            if asked.must_exist:
                raise clickhouse_error(
                    ErrorCode.SESSION_NOT_FOUND, f"Session {asked.name} not found: it was never opened or has expired"
                )
            session = self._sessions[asked.name] = _Session(self._connect(), False, 0.0)
        # Not waited for: a connection takes one call at a time, and a server answers the same.
        if session.busy:
            raise clickhouse_error(ErrorCode.SESSION_IS_LOCKED, f"Session {asked.name} is locked by a concurrent client")
        session.busy = True
        return session.connection

    def release(self, asked: SessionRequest) -> None:
        """Let the next request have the session and start its time-out, or end it when ``asked.close``."""
        session = self._sessions[asked.name]
        session.busy = False
        # From the last answer on, by a clock that never goes back.
        session.expires_at = self._clock() + asked.timeout_seconds
        if asked.close:
            self._end(asked.name)

    def _close_expired(self) -> None:
        now = self._clock()
        for name in [name for name, session in self._sessions.items() if not session.busy and session.expires_at <= now]:
            self._end(name)

    def close(self) -> None:
        """End every session."""
        for name in list(self._sessions):
            self._end(name)

    def _end(self, name: str) -> None:
        self._sessions.pop(name).connection.close()
