"""The installation's record on the control topic."""

from contextlib import closing

from broker.reader import TopicReader
from broker.topics import described
from schemas.errors import Retry, Stop
from schemas.installation import KEY, Installation, decode
from schemas.topics import CONTROL


def newest_installation(bootstrap: str) -> Installation | None:
    """The newest record; None when the control topic holds none yet.

    Raises ``Retry`` while the broker is away, or does not show the control topic: who took that for "no installation" would
    write a first record over a home that has one.
    """
    try:
        described(bootstrap, [CONTROL])
    except Stop as missing:
        raise Retry(f"{missing.problem}; `baton up` makes it") from missing
    with closing(TopicReader(bootstrap)) as reader:
        # The end is asked for once: what is written after it belongs to the next process that asks.
        (start,), (end,) = reader.starts(CONTROL, 1), reader.ends(CONTROL, 1)
        records = [r.value for r in reader.read(CONTROL, 0, start, end) if r.key == KEY and r.value is not None]
    return decode(records[-1]) if records else None
