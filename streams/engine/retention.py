"""States and snapshots of old generations: the current one and the one before it are kept, earlier ones are removed.

The previous one stays, because readers see it until the newest is complete, and a rebuild that went wrong is looked into.
Nothing of an earlier one is ever read again: a state of another generation is refused.
"""

import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import structlog

from streams.engine.snapshots import forget

_log = structlog.get_logger("retention")


def older(names: Iterable[str], generation: int) -> list[str]:
    """Of names like ``g7`` those before the generation before this one, oldest first; other names are no generation."""
    numbers = sorted(int(name[1:]) for name in names if name[:1] == "g" and name[1:].isdecimal())
    return [f"g{number}" for number in numbers if number < generation - 1]


def drop_old_generations(stage: str, generation: int, states: Path, url: str, snapshots: str) -> None:
    """Remove a stage's states below ``states`` (one worker's) and its snapshots below ``url``/``snapshots``; log what went.

    Of a folder that stages share only this one's part. What can't be removed stays for the next start, with a warning.
    """
    gone = [name for name in older(_folders(states), generation) if _remove(states / name, stage)]
    if gone:
        _log.info("states of old generations removed", stage=stage, generations=gone, kept=generation - 1)
    try:
        gone = forget(url, snapshots, lambda names: older(names, generation))
    except Exception as error:  # file systems of fsspec raise errors of their own libraries
        _log.warning("snapshots of old generations are still there", stage=stage, error=repr(error))
        return
    if gone:
        _log.info("snapshots of old generations removed", stage=stage, generations=gone, kept=generation - 1)


def _folders(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.is_dir()] if folder.is_dir() else []


def _remove(folder: Path, stage: str) -> bool:
    """Remove the stage's part, and the folder with what is left when no stage has one; whether there was a part."""
    # With what a snapshot fetched half way left behind, such as ``journeys-3.arriving``.
    parts = [path for path in folder.glob(f"{stage}-*") if path.name.removeprefix(f"{stage}-").split(".")[0].isdecimal()]
    for part in parts:
        shutil.rmtree(part, ignore_errors=True)
    # The stages share the folder. ``scratch`` alone is left by an upload that a kill cut short.
    if {path.name for path in folder.iterdir()} <= {"scratch"}:
        # The other stage's worker may be removing it at the same moment.
        with suppress(OSError):
            shutil.rmtree(folder)
    return bool(parts)
