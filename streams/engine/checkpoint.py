"""The checkpoint saved with a state: up to where the state goes, and what must be the same for it to be used again."""

from collections.abc import Mapping

import msgspec

from schemas.errors import Stop
from schemas.topics import ANOTHER_LOG
from streams.engine.ports import StateStore


class StateIdentity(msgspec.Struct, frozen=True):
    """What shaped a state. A state with another identity is never used."""

    stage: str
    generation: int
    # Kafka's own id: a topic deleted and made again keeps its name, and its offsets then mean other records.
    topic_id: str
    partition: int
    # Another count sends a subject elsewhere, away from its history.
    partitions: int
    fold_version: int
    # Constants of a generation: a fold that read them from a settings file would not be a function of the log alone.
    time_zone: str
    horizon_days: int


class Checkpoint(msgspec.Struct, frozen=True):
    """``offset``: of the next record to read. ``w``: of the last published tick, in ms.

    ``marks``: what the stage's cut builder must know of its sources, by source partition.
    """

    offset: int
    w: int
    identity: StateIdentity
    marks: dict[int, int] = {}


_decoder = msgspec.json.Decoder(Checkpoint)


def encode(checkpoint: Checkpoint) -> bytes:
    """The checkpoint as JSON, the only bytes that ``decoded`` reads."""
    return msgspec.json.encode(checkpoint)


def save(store: StateStore, changes: Mapping[bytes, bytes | None], checkpoint: Checkpoint) -> None:
    """2 save: the state exactly at a tick, and where reading goes on, in one atomic step."""
    store.save(changes, encode(checkpoint))


def restored(store: StateStore, identity: StateIdentity, start: int, end: int, begins: int = 0) -> Checkpoint:
    """Where a state goes on: at its last save (``checked``), or an empty one at ``begins`` (``fresh``)."""
    saved = store.checkpoint()
    if saved is not None:
        return checked(saved, identity, start, end)
    if begins > end:
        raise Stop(
            f"partition {identity.partition}: generation {identity.generation} begins at offset {begins}, but the log ends at "
            f"{end}; the topic was cut",
            ANOTHER_LOG,
        )
    return fresh(identity, start, begins)


def decoded(saved: bytes, identity: StateIdentity) -> Checkpoint:
    """The saved checkpoint. Raises ``Stop`` when it can't be read, or naming what was another when the state was made."""
    try:
        checkpoint = _decoder.decode(saved)
    except msgspec.MsgspecError as error:
        raise Stop(f"the saved state of partition {identity.partition} is unreadable: {error}", REBUILD) from error
    # Field by field, so that the message names the one that differs.
    for field in StateIdentity.__struct_fields__:
        was, is_now = getattr(checkpoint.identity, field), getattr(identity, field)
        if was != is_now:
            raise Stop(
                f"the saved state of {identity.stage}, partition {identity.partition}, was made with {field} = {was!r}; "
                f"now it is {is_now!r}",
                ANOTHER_LOG if field in {"topic_id", "partitions"} else f"set it back, or {REBUILD}",
            )
    return checkpoint


def checked(saved: bytes, identity: StateIdentity, start: int, end: int) -> Checkpoint:
    """The saved checkpoint, if the state may be continued on a log that holds offsets ``start`` to ``end`` (exclusive).

    Raises ``Stop`` as ``decoded``, and when history is missing.
    """
    checkpoint = decoded(saved, identity)
    # Kafka's retention was quicker than this worker. A fold over a hole looks like any other, so nothing is skipped in
    # silence.
    if checkpoint.offset < start:
        raise Stop(
            f"partition {identity.partition}: the state goes up to offset {checkpoint.offset}, but the log now begins "
            f"at {start}; {start - checkpoint.offset} records between them are gone from Kafka",
            REBUILD,
        )
    # At the end is where a worker that had caught up goes on. Beyond it the state knows records that this log never had.
    if checkpoint.offset > end:
        raise Stop(
            f"partition {identity.partition}: the state goes up to offset {checkpoint.offset}, but the log ends at {end}; "
            "the topic was cut",
            ANOTHER_LOG,
        )
    return checkpoint


REBUILD = "run `baton rebuild`: it makes a new generation from the log, or from the warehouse where the log is too short"


def fresh(identity: StateIdentity, start: int, begins: int = 0) -> Checkpoint:
    """The checkpoint of an empty state on a log that now begins at ``start``.

    ``begins``: where the generation's records begin. Raises ``Stop`` when the log no longer holds that place.
    """
    if start > begins:
        raise Stop(
            f"partition {identity.partition}: no saved state, and the log begins at offset {start} instead of {begins}",
            f"{REBUILD}. Where a rebuild is under way, wait: it starts this process again when it is done",
        )
    return Checkpoint(begins, -1, identity)
