"""A broker that is away is known at once, whichever of its addresses is asked first."""

import socket
from collections.abc import Iterator
from contextlib import closing

import pytest

from broker.installation_record import newest_installation
from broker.reachability import check_reachable, reachable
from broker.topics import described
from schemas.errors import Retry

UNUSED = "127.0.0.1:1"


@pytest.fixture
def listener() -> Iterator[str]:
    """An address where connections are taken."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        yield f"127.0.0.1:{listening.getsockname()[1]}"


@pytest.mark.parametrize("asking", [lambda: described(UNUSED, ["t"]), lambda: newest_installation(f"{UNUSED}, {UNUSED}")])
def test_a_refusal_needs_no_client(asking: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody listens the answer comes from the system, before any client is made, which would go on trying."""
    for name in ("admin.KafkaAdminClient", "reader.KafkaConsumer"):
        monkeypatch.setattr(f"broker.{name}", lambda **_: pytest.fail("a client was made"))
    assert callable(asking)
    with pytest.raises(Retry, match=r"the broker at 127\.0\.0\.1:1.* does not answer"):
        asking()


def test_one_address_that_answers_is_enough(listener: str) -> None:
    """Of several addresses any may be the one that works; without a port the client decides what is meant."""
    check_reachable(f"{UNUSED},{listener}")
    check_reachable("localhost")
    assert not reachable(f"{UNUSED},{UNUSED}")
