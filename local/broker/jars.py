"""The broker's jars in the cache: fetched once, each checked against its sha256 sum.

Order matters: 1 every jar is fetched into a folder that survives an interruption, 2 its sum is checked,
3 all are put into one new folder, 4 that folder gets its final name in one step. So a folder with the final
name is always complete. The caller holds the cache's lock.
"""

import hashlib
import shutil
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from local.broker.maven import Jar, download, locked
from schemas.errors import Stop

ATTEMPTS = 3
AT_ONCE = 4

Download = Callable[[Jar, Path, bool], Path]


def key(jars: tuple[Jar, ...]) -> str:
    """Short name of exactly these jars; part of every cached name that depends on them."""
    return hashlib.sha256("\n".join(f"{jar.name} {jar.sha256}" for jar in jars).encode()).hexdigest()[:12]


def folder(cache: Path, jars: tuple[Jar, ...]) -> Path:
    """Where these jars are (or will be) in the cache."""
    return cache / f"jars-{key(jars)}"


def damaged(cache: Path, jars: tuple[Jar, ...]) -> list[str]:
    """Names of the jars that are missing or have another sum than the lock says. Reads all 45 MB."""
    path = folder(cache, jars)
    return [jar.name for jar in jars if not intact(path / jar.name, jar)]


def remove(cache: Path, jars: tuple[Jar, ...]) -> None:
    """Delete the folder of these jars; the next ``fetch`` brings them anew."""
    shutil.rmtree(folder(cache, jars))


def intact(path: Path, jar: Jar) -> bool:
    """Whether the file is there and has the locked sum."""
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == jar.sha256


def fetch(
    cache: Path,
    say: Callable[[str], None],
    jars: tuple[Jar, ...] | None = None,
    bring: Download = lambda jar, into, own: download(jar, into, ask_own_repository=own),
) -> list[Path]:
    """The class path, fetched if need be.

    Raises ``Stop`` naming what could not be fetched; what was fetched before is kept for the next attempt.
    """
    jars = jars or locked()
    path = folder(cache, jars)
    if not path.is_dir():
        say(f"fetching {len(jars)} jars of the broker (about 45 MB, once)")
        fetching = cache / "fetching"
        fetching.mkdir(parents=True, exist_ok=True)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            outcomes = list(pool.map(lambda jar: _fetch_one(jar, fetching, bring), jars))
        _stop_if_any_failed(
            [(jar, found) for jar, found in zip(jars, outcomes, strict=True) if isinstance(found, str)], len(jars)
        )
        fresh = Path(tempfile.mkdtemp(prefix="jars-new-", dir=cache))
        for jar, found in zip(jars, outcomes, strict=True):
            # Copied and not moved: a jar may lie in the user's own Maven repository.
            shutil.copyfile(found, fresh / jar.name)
        fresh.rename(path)
        shutil.rmtree(fetching, ignore_errors=True)
    return [path / jar.name for jar in jars]


def _fetch_one(jar: Jar, fetching: Path, bring: Download) -> Path | str:
    """Path of the checked jar, or why it could not be had."""
    why = "not asked"
    for attempt in range(ATTEMPTS):
        try:
            found = bring(jar, fetching, attempt == 0)
        except (OSError, RuntimeError) as error:
            # The next attempt leaves the user's own repository out: a broken jar there would be found again and again.
            why = f"{type(error).__name__}: {str(error)[:200]}"
            continue
        if intact(found, jar):
            return found
        why = "its sha256 sum is not the locked one"
        if found.is_relative_to(fetching):
            found.unlink()  # cut short by an interruption, or not what was asked for: ask again
    return why


def _stop_if_any_failed(failed: list[tuple[Jar, str]], wanted: int) -> None:
    if failed:
        jar, why = failed[0]
        raise Stop(
            f"{len(failed)} of {wanted} jars of the local broker could not be fetched, the first {jar.name}: {why}",
            "go online and run `baton setup` again (what was fetched is kept); behind a mirror, name it `central` under "
            "[repositories] in jgo's config file; or run a broker of your own and set BATON_KAFKA",
        )
