"""A warehouse that is away is told in one line that says what happened, not in the words of the library."""

import socket
from collections.abc import Iterator

import pytest

from schemas.errors import Retry
from sinks.clickhouse import connect


@pytest.fixture
def nobody() -> Iterator[int]:
    """A port at which nobody answers: it is taken, and nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def test_a_refused_connection_is_one_clean_line(nobody: int) -> None:
    """Nobody at the address: one line with the address and the reason, to be tried again."""
    with pytest.raises(Retry) as caught:
        connect(f"http://127.0.0.1:{nobody}", "baton", "", "baton", seconds=5)
    assert str(caught.value) == f"connect to http://127.0.0.1:{nobody}: no answer: connection refused"
