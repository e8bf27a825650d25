"""Everything a broker needs that all homes share: Java, jars, formatted storage, class archive. Made once."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from filelock import Timeout

from local.broker import jars
from local.broker.archive import archive_path, make_archive
from local.broker.java import Java, find
from local.broker.registry import locked
from local.broker.storage import format_template
from local.stack.file_lock import file_lock


@dataclass(frozen=True)
class Supplies:
    """What the cache holds for this machine's broker. ``archive`` is None when this Java can't make one."""

    java: Java
    classpath: list[Path]
    template: Path
    archive: Path | None


def folder(cache: Path) -> Path:
    """The broker's part of the cache."""
    return cache.expanduser().absolute() / "broker"


def provide(cache: Path, say: Callable[[str], None]) -> Supplies:
    """Fill the cache directory as far as needed and say what takes time.

    Safe to call from several processes at once: the others wait for the first. Each step ends with a rename,
    so an interrupted one is begun again and never seen half done. Raises ``Stop`` when offline or without Java.
    """
    place = folder(cache)
    place.mkdir(parents=True, exist_ok=True)
    java = find()
    with _locked(place, say):
        classpath = jars.fetch(place, say)
        template = place / f"storage-{jars.key(locked())}"
        if not template.is_dir():
            format_template(template, java, classpath)
        archive = archive_path(place, java, classpath)
        made = archive.is_file() or make_archive(archive, java, classpath, template, say)
    return Supplies(java, classpath, template, archive if made else None)


def missing(cache: Path) -> list[str]:
    """What ``provide`` would have to make or fetch, for people; reads every jar. Changes nothing."""
    place = folder(cache)
    wanted = locked()
    lacking = jars.damaged(place, wanted)
    if len(lacking) == len(wanted):
        return ["the broker's jars"]
    classpath = [jars.folder(place, wanted) / jar.name for jar in wanted]
    parts = {
        "formatted storage": place / f"storage-{jars.key(wanted)}",
        "class archive": archive_path(place, find(), classpath),
    }
    return lacking + [name for name, path in parts.items() if not path.exists()]


def mend(cache: Path) -> list[str]:
    """Remove the jars' folder when a jar in it is missing or spoilt; the names of those. ``provide`` then fetches anew."""
    place = folder(cache)
    spoilt = jars.damaged(place, locked()) if jars.folder(place, locked()).is_dir() else []
    if spoilt:
        with file_lock(place / "lock"):
            jars.remove(place, locked())
    return spoilt


def _locked(folder: Path, say: Callable[[str], None]) -> AbstractContextManager[object]:
    lock = file_lock(folder / "lock")
    try:
        return lock.acquire(blocking=False)
    except Timeout:
        say("another start is filling the cache; waiting for it")
        return lock.acquire()
