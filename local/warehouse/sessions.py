"""Named sessions: a handle kept between requests, so that SET and temporary tables last. Used from one thread only."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from local.warehouse.asking import SessionAsk
from local.warehouse.failures import SESSION_IS_LOCKED, SESSION_NOT_FOUND, failure


class Closable(Protocol):
    """What a session keeps and closes at its end."""

    def close(self) -> None:
        """Give back what it holds."""


H = TypeVar("H", bound=Closable)


@dataclass
class _Session(Generic[H]):
    handle: H
    busy: bool
    until: float


class Sessions(Generic[H]):
    """The open sessions. ``clock`` gives seconds that never go back."""

    def __init__(self, opened: Callable[[], H], clock: Callable[[], float]) -> None:
        self._opened = opened
        self._clock = clock
        self._known: dict[str, _Session[H]] = {}

    def take(self, ask: SessionAsk) -> H:
        """The session's handle, for one request alone. Raises ``Failure`` when it is in use, or missing but required."""
        self.forget_rested()
        session = self._known.get(ask.name)
        if session is None:
            if ask.must_exist:
                raise failure(SESSION_NOT_FOUND, f"Session {ask.name} not found: it was never opened or rested too long")
            session = self._known[ask.name] = _Session(self._opened(), False, 0.0)
        if session.busy:
            raise failure(SESSION_IS_LOCKED, f"Session {ask.name} is locked by a concurrent client")
        session.busy = True
        return session.handle

    def give_back(self, ask: SessionAsk) -> None:
        """Let the next request have the session, or end it when that was asked."""
        session = self._known[ask.name]
        session.busy = False
        session.until = self._clock() + ask.seconds
        if ask.close:
            self._end(ask.name)

    def forget_rested(self) -> None:
        """End the sessions that rested longer than they asked for."""
        now = self._clock()
        for name in [name for name, session in self._known.items() if not session.busy and session.until <= now]:
            self._end(name)

    def close(self) -> None:
        """End every session."""
        for name in list(self._known):
            self._end(name)

    def _end(self, name: str) -> None:
        self._known.pop(name).handle.close()
