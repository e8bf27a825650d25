"""The home's copy of its installation's record: what decides while the home's own broker, which holds it, does not run.

Only of a broker that belongs to the home, and beside its log, so that both go together. The record on the control topic is the
one that counts; `baton prepare`, with which every start begins, and `baton rebuild` write the copy anew.
"""

from pathlib import Path

from local.stack import run_state
from schemas.installation import Installation, decode
from schemas.settings import Settings


def copied(settings: Settings) -> Installation | None:
    """The copy; None where the settings name a broker elsewhere, or none is there yet. Raises ``Stop`` when it is spoilt."""
    if settings.kafka:
        return None
    try:
        return decode(_path(settings.home).read_bytes())
    except FileNotFoundError:
        return None


def copy_record(settings: Settings, record: Installation) -> None:
    """Write the copy, if ``settings.kafka`` is the broker that this home runs itself."""
    found = run_state.running(settings.home)
    if found and found.addresses.get("kafka") == settings.kafka and any(p.name == "broker" for p in found.processes):
        path = _path(settings.home)
        fresh = path.with_suffix(".new")
        fresh.write_bytes(record.encode())
        fresh.replace(path)  # a reader sees the old copy or the new one, never half


def _path(home: Path) -> Path:
    return home / "broker" / "installation.json"
