"""Where a running home's broker and warehouse answer."""

from dataclasses import dataclass
from pathlib import Path

from local.stack.run_state import running
from schemas.errors import Stop


@dataclass(frozen=True)
class Addresses:
    """``kafka`` is host:port, ``clickhouse`` is http(s)://host:port."""

    kafka: str
    clickhouse: str


def addresses(home: Path) -> Addresses:
    """Addresses of the home's stack. Raises ``Stop`` when it isn't running."""
    state = running(home)
    if state is None:
        raise Stop(f"the home {home} is not running", f"baton up --detach --home {home}")
    return Addresses(**state.addresses)
