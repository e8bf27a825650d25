"""What `baton doctor` looks at on this machine. Each finding says what it found and how to mend it."""

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

from local.broker import broker_cache
from local.broker.java import find
from local.stack import run_state
from local.stack.ports import is_free, recall
from local.stack.process import names_announced, parked_sources_of, trouble_of
from schemas.errors import Stop
from schemas.settings import Settings

OLDEST_PYTHON = (3, 11)
MIN_FREE_BYTES = 2 * 1024**3
MAX_SKEW_SECONDS = 5.0
FIRST_PLAUSIBLE_SECOND = 1_760_000_000  # October 2025: a clock before this was never set


@dataclass(frozen=True)
class Finding:
    """One thing looked at. ``mend`` is empty when it is as it should be."""

    what: str
    found: str
    mend: str = ""


def findings(settings: Settings) -> Iterator[Finding]:
    """Everything that is looked at, in order. Changes nothing but a temporary file."""
    yield python()
    yield packages(["local"] if not (settings.kafka and settings.clickhouse) else [])
    yield from (disk(name, folder) for name, folder in (("home", settings.home), ("cache", settings.cache)))
    yield clock()
    yield ticks(settings.home)
    yield sources(settings.home)
    if not settings.kafka:
        yield java()
        yield cache(settings.cache)
    yield ports(settings.home)


def python() -> Finding:
    """The Python that runs this."""
    version = ".".join(map(str, sys.version_info[:3]))
    wanted = ".".join(map(str, OLDEST_PYTHON))
    return Finding("Python", version, "" if sys.version_info >= OLDEST_PYTHON else f"install Python {wanted} or newer")


def packages(extras: list[str]) -> Finding:
    """Whether every package Baton asks for is there in a version it asks for."""
    try:
        asked = [Requirement(line) for line in metadata.requires("baton") or []]
    except metadata.PackageNotFoundError:
        return Finding("packages", "Baton itself is not installed", "pip install -e '.[local]'")
    wrong = [
        problem
        for requirement in asked
        if requirement.marker is None or any(requirement.marker.evaluate({"extra": extra}) for extra in ["", *extras])
        if (problem := _unmet(requirement))
    ]
    return Finding("packages", ", ".join(wrong) or "as required", "pip install -e '.[local]'" if wrong else "")


def disk(name: str, folder: Path) -> Finding:
    """Free space where this directory is or will be."""
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    mend = f"free {MIN_FREE_BYTES // 1024**3} GB there, or set BATON_{name.upper()} to another disk"
    return Finding(f"disk of {name}", f"{free / 1024**3:.1f} GB free ({folder})", "" if free >= MIN_FREE_BYTES else mend)


def clock() -> Finding:
    """Whether the wall clock is set, and agrees with the file system's."""
    now = time.time()
    with tempfile.NamedTemporaryFile() as file:
        skew = abs(Path(file.name).stat().st_mtime - now)
    plausible = now > FIRST_PLAUSIBLE_SECOND and skew < MAX_SKEW_SECONDS
    found = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(now)) + (
        "" if skew < MAX_SKEW_SECONDS else f", files differ by {skew:.0f} s"
    )
    return Finding("clock", found, "" if plausible else "set the system's clock (NTP); live ticks follow it")


def ticks(home: Path) -> Finding:
    """Whether the clock of the home, where one runs, can tick."""
    trouble = trouble_of(home, "clock")
    return Finding(
        "ticks", trouble or "nothing holds them up", "see there; `baton status` shows it until it is over" if trouble else ""
    )


def sources(home: Path) -> Finding:
    """Whether the home's workers park most of what some source sends."""
    parked = " ".join(line for name in names_announced(home) for line in parked_sources_of(home, name).splitlines())
    return Finding(
        "sources", parked or "none is mostly parked", "see there; until then its records don't count" if parked else ""
    )


def java() -> Finding:
    """The Java that would run the broker."""
    try:
        return Finding("Java", find().origin)
    except Stop as stop:
        return Finding("Java", stop.problem, stop.mend)


def cache(folder: Path) -> Finding:
    """Whether the broker's supplies are in the cache, unspoilt."""
    missing = broker_cache.missing(folder)
    return Finding(
        "cache",
        f"lacks {', '.join(missing)} ({folder})" if missing else f"complete ({folder})",
        "baton setup" if missing else "",
    )


def ports(home: Path) -> Finding:
    """Whether the home's remembered ports are its own: in use by its stack, or free."""
    if found := run_state.running(home):
        return Finding("ports", f"in use by this home: {', '.join(found.addresses.values())}")
    taken = [port for remembered in home.glob("*/port*.json") for port in recall(remembered) if not is_free(port)]
    state = f"{', '.join(map(str, taken))} taken by another program; `baton up` will choose others" if taken else "free"
    return Finding("ports", state)


def _unmet(requirement: Requirement) -> str:
    try:
        version = metadata.version(requirement.name)
    except metadata.PackageNotFoundError:
        return f"{requirement.name} is missing"
    return (
        ""
        if requirement.specifier.contains(version, prereleases=True)
        else f"{requirement.name} {version} is not {requirement.specifier}"
    )
