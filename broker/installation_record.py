"""The installation's record on the control topic."""

from contextlib import closing

from broker.reader import TopicReader
from broker.topics import described
from schemas.errors import Stop
from schemas.installation import KEY, Installation, decode
from schemas.topics import CONTROL


def newest_installation(bootstrap: str) -> Installation | None:
    """The newest record; None when there is none yet, nor a control topic. Raises ``Retry`` while the broker is away."""
    try:
        described(bootstrap, [CONTROL])
    # ``described`` stops where the topic is missing; here that is the usual first start.
    except Stop:
        return None
    with closing(TopicReader(bootstrap)) as reader:
        # The end is asked for once: what is written after it belongs to the next process that asks.
        (start,), (end,) = reader.starts(CONTROL, 1), reader.ends(CONTROL, 1)
        records = [r.value for r in reader.read(CONTROL, 0, start, end) if r.key == KEY and r.value is not None]
    return decode(records[-1]) if records else None
