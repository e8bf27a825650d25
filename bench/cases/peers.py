"""The peer, run in the same run and on the same topic as what it is compared with."""

from uuid import uuid4

from bench.children import run
from bench.ground import Ground
from bench.outcome import Run, Wrong
from schemas.topics import EVENTS


def faust_agent(on: Ground, events: int, number: int) -> Run:
    """A plain Faust agent over the topic's first ``events`` records. Raises ``Wrong`` when its table lost count."""
    group = f"peer-{uuid4().hex[:8]}"
    place = str(on.settings.home / "run" / group)
    found = run(
        f"Faust agent with a Table #{number}",
        "peer",
        kafka=on.kafka,
        group=group,
        place=place,
        events=events,
        partitions=on.partitions[EVENTS],
    )
    if found.more["counted"] != events:
        raise Wrong(f"the peer's table counts {found.more['counted']} of {events}")
    return found
