"""The real logs as they are, imported and folded once for all tests of a process; nobody may change what is given."""

from functools import lru_cache
from pathlib import Path

from broker.memory_broker import MemoryBroker
from producers.importers.mapping import load
from tests.oracles.case_logs import BPIC, UCI
from tests.oracles.folding import Folded, everything, imported

MAPPINGS = {UCI: "uci-498", BPIC: "bpic-2013"}


@lru_cache
def log_of(path: Path, name: str) -> MemoryBroker:
    """The log with a tick behind it."""
    return imported([path], load(MAPPINGS[name]))


@lru_cache
def all_of(path: Path, name: str) -> Folded:
    """All that stands after the log."""
    return everything(log_of(path, name))
