"""Import one log: the call that `baton import` and other programs make."""

from collections.abc import Callable
from pathlib import Path

from producers.importers.import_result import ImportResult
from producers.importers.import_run import ImportRun
from producers.importers.known_events import KnownEvents
from producers.importers.mapping import Mapping
from producers.importers.progress import Progress, no_progress
from producers.publisher.ports import Log
from producers.replay.pace import no_pause
from runtime.wall_clock import now_ms
from schemas.errors import Stop


def import_log(
    path: Path,
    mapping: Mapping,
    publisher: Log | None,
    *,
    dry_run: bool = False,
    replay: bool = False,
    progress: Progress = no_progress,
    stopping: Callable[[], bool] = lambda: False,
    bad_share: float = 0.5,
    sort_bytes: int = 64 << 20,
    now: Callable[[], int] = now_ms,
    pace: Callable[[int], object] = no_pause,
    known: KnownEvents | None = None,
) -> ImportResult:
    """Import the log in ``path``; twice changes nothing.

    ``replay``: in the order of time, with ticks, for a home whose time is ``log``; otherwise a backfill, case by case.
    ``dry_run``: read and count everything, send nothing; ``publisher`` may be None then, and ``known`` gives the events of a
    source that a home holds, which those of the file are compared with. ``now`` is ms UTC;
    ``pace`` is called with each W of a replay before it is sent.
    Raises ``Stop`` when the file is not what the mapping describes or more than ``bad_share`` of it can't be used, before
    anything is sent; ``Retry`` when asked to stop while the broker is away.
    """
    run = ImportRun(
        path,
        mapping,
        dry_run=dry_run,
        progress=progress,
        stopping=stopping,
        bad_share=bad_share,
        sort_bytes=sort_bytes,
        now=now,
    )
    if dry_run:
        return run.dry(known)
    if publisher is None:
        raise Stop("nothing to publish to", "pass a publisher, or dry_run=True")
    return run.replay(publisher, pace) if replay else run.backfill(publisher)
