"""memory: bytes of a closed item on disk, and a worker's memory, over millions of items. No broker: the real run is fed."""

from pathlib import Path
from tempfile import TemporaryDirectory

from bench.children import run
from bench.choices import Choices
from bench.ground import OPEN_ITEMS, PER_TICK
from bench.outcome import Finding, Run, Wrong
from schemas.settings import load


def measure(choices: Choices) -> tuple[list[Run], list[Finding]]:
    """One partition holds them all. Raises ``Wrong`` unless each item is in the store, closed, and forgotten in the end."""
    with TemporaryDirectory(prefix="baton-bench-", dir=choices.place) as directory:
        found = run(
            f"{choices.items:,} items",
            "feed",
            place=str(Path(directory) / "state"),
            items=choices.items,
            open_items=OPEN_ITEMS,
            per_tick=PER_TICK,
            hot_items=load().hot_items,
        )
    told, items = found.more, found.more["items"]
    if (told["received"], told["packed_items"], told["shelved"], told["forgotten"]) != (found.events, items, items, items):
        raise Wrong(f"{found.events} events of {items} items, but the state tells {told}")
    resident = [Finding(f"resident after {done:,} items", mb, "MB") for done, mb in told["resident"][1:]]
    return [found], [
        Finding("events of an item", found.events / items, "events"),
        Finding("an item's events as JSON, keys included", told["event_bytes"] / items, "bytes"),
        Finding("a closed item, packed, key included", told["packed_bytes"] / items, "bytes"),
        Finding("a closed item on disk, as written", told["disk_bytes"] / items, "bytes"),
        Finding("a closed item on disk, compacted", told["compacted_bytes"] / items, "bytes"),
        Finding("an item past the horizon on disk", told["forgotten_bytes"] / items, "bytes"),
        *resident,
        Finding("highest while all are forgotten in one tick", told["sweep_rss_mb"], "MB"),
    ]
