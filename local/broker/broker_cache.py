"""Everything a broker needs that all homes share: Java, jars, formatted storage, class archive. Made once."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from filelock import Timeout

from local.broker import jars
from local.broker.class_archive import archive_path, make_archive
from local.broker.java import Java, find
from local.broker.maven import locked
from local.broker.storage import format_template
from local.stack.file_lock import file_lock


@dataclass(frozen=True)
class CachedBroker:
    """What the cache holds for this machine's broker. ``archive``: of JVM classes, None when this Java can't make one."""

    java: Java
    classpath: list[Path]
    template: Path
    archive: Path | None


def folder(cache: Path) -> Path:
    """The broker's part of the cache."""
    return cache.expanduser().absolute() / "broker"


def fill_cache(cache: Path, say: Callable[[str], None]) -> CachedBroker:
    """Make or fetch what the cache lacks; ``say`` is called before each step that takes time.

    Safe to call from several processes at once: the others wait for the first. Each step ends with a rename,
    so an interrupted one is begun again and never seen half done. Raises ``Stop`` when offline or without Java.
    """
    path = folder(cache)
    path.mkdir(parents=True, exist_ok=True)
    java = find()
    # Order: the archive is trained with the jars and on a copy of the storage, so it comes last.
    with _locked(path, say):
        classpath = jars.fetch(path, say)
        template = path / f"storage-{jars.key(locked())}"
        if not template.is_dir():
            format_template(template, java, classpath)
        archive = archive_path(path, java, classpath)
        # Without an archive the broker only starts slower, so its failure is none of ``fill_cache``.
        has_archive = archive.is_file() or make_archive(archive, java, classpath, template, say)
    return CachedBroker(java, classpath, template, archive if has_archive else None)


def missing(cache: Path) -> list[str]:
    """What ``fill_cache`` would have to make or fetch, as names to print; reads every jar. Changes nothing."""
    path = folder(cache)
    wanted = locked()
    lacking = jars.damaged(path, wanted)
    if len(lacking) == len(wanted):
        return ["the broker's jars"]
    classpath = [jars.folder(path, wanted) / jar.name for jar in wanted]
    parts = {
        "formatted storage": path / f"storage-{jars.key(wanted)}",
        "class archive": archive_path(path, find(), classpath),
    }
    return lacking + [name for name, part in parts.items() if not part.exists()]


def remove_damaged(cache: Path) -> list[str]:
    """Remove the jars' folder when a jar in it is missing or damaged; the names of those. ``fill_cache`` then fetches anew."""
    path = folder(cache)
    damaged = jars.damaged(path, locked()) if jars.folder(path, locked()).is_dir() else []
    if damaged:
        # Another start may be about to use the folder.
        with file_lock(path / "lock"):
            jars.remove(path, locked())
    return damaged


def _locked(folder: Path, say: Callable[[str], None]) -> AbstractContextManager[object]:
    lock = file_lock(folder / "lock")
    try:
        # First without waiting, only to tell the user why it may take minutes.
        return lock.acquire(blocking=False)
    except Timeout:
        say("another start is filling the cache; waiting for it")
        return lock.acquire()
