"""Named sessions."""

import pytest

from local.warehouse.clickhouse_errors import ClickHouseError
from local.warehouse.query_request import SessionRequest
from local.warehouse.sessions import Sessions


class Thing:
    """What a session keeps, remembering whether it was closed."""

    def __init__(self) -> None:
        self.closed = False

    def close(self) -> None:
        """Remember it."""
        self.closed = True


class Clock:
    """A clock the test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def _ask(*, must_exist: bool = False, close: bool = False) -> SessionRequest:
    return SessionRequest("s", 10, must_exist, close)


def test_a_session_is_kept_until_it_expired() -> None:
    """The same name gives the same connection until it was idle longer than asked; then a new one, and the old is closed."""
    clock = Clock()
    sessions = Sessions(Thing, clock)
    first = sessions.acquire(_ask())
    sessions.release(_ask())
    clock.now = 9.9
    assert sessions.acquire(_ask()) is first
    sessions.release(_ask())
    clock.now = 19.9
    assert sessions.acquire(_ask()) is not first
    assert first.closed


def test_a_busy_session_is_locked_and_never_ended() -> None:
    """Two requests can't share a session, and no clock ends one that is in use."""
    clock = Clock()
    sessions = Sessions(Thing, clock)
    thing = sessions.acquire(_ask())
    clock.now = 1e9
    with pytest.raises(ClickHouseError, match="SESSION_IS_LOCKED"):
        sessions.acquire(_ask())
    assert not thing.closed


def test_a_required_session_must_exist() -> None:
    """session_check asks for a session that is already there."""
    with pytest.raises(ClickHouseError, match="SESSION_NOT_FOUND") as caught:
        Sessions(Thing, Clock()).acquire(_ask(must_exist=True))
    assert caught.value.status == 404


def test_sessions_end() -> None:
    """A session ends when its request says so, and all end with the process."""
    sessions = Sessions(Thing, Clock())
    thing = sessions.acquire(_ask())
    sessions.release(_ask(close=True))
    assert thing.closed
    other = sessions.acquire(_ask())
    sessions.close()
    assert other.closed
