"""The state store on RocksDB: a save is one write batch with its log on, so ``kill -9`` leaves the save before or this one.

The log is not flushed to the platter at each save: after a power cut the state may be some saves old, and the records since
then are read again.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rocksdict import BlockBasedOptions as BlockOptions
from rocksdict import Cache, DBCompressionType, Options, Rdict, ReadOptions, WriteBatch
from rocksdict import Checkpoint as HardLinkedCopy

from schemas.errors import Stop

_CHECKPOINT = b"h"
"""No key of a fold begins with it."""
_BLOCK_CACHE_BYTES = 32 << 20
_WRITE_BUFFER_BYTES = 16 << 20


def _options() -> Options:
    blocks = BlockOptions()
    blocks.set_block_cache(Cache(_BLOCK_CACHE_BYTES))
    # Most keys asked for do not exist (new items, hashes of forgotten ones): ten bits a key spare the disk for 99 % of them.
    blocks.set_bloom_filter(10, False)
    # Inside the cache's bound; outside it they would grow with the state, once for each partition.
    blocks.set_cache_index_and_filter_blocks(True)
    # Bytes in, bytes out. Otherwise rocksdict marks each value with a type and pickles what it does not know.
    options = Options(raw_mode=True)
    options.create_if_missing(True)
    options.set_block_based_table_factory(blocks)
    options.set_write_buffer_size(_WRITE_BUFFER_BYTES)
    options.set_compression_type(DBCompressionType.zstd())
    options.set_max_background_jobs(2)
    options.set_keep_log_file_num(2)
    # Bounds what the next open must replay.
    options.set_max_total_wal_size(4 * _WRITE_BUFFER_BYTES)
    return options


def _behind(prefix: bytes) -> bytes:
    """The first key behind all that begin with ``prefix``; empty when there is none."""
    kept = prefix.rstrip(b"\xff")
    return kept[:-1] + bytes([kept[-1] + 1]) if kept else b""


class RocksStore:
    """One partition's state in ``directory``, which one process holds at a time."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        try:
            # RocksDB's lock file makes this fail while another process has the directory open.
            self._db = Rdict(str(directory), _options())
        except Exception as error:  # rocksdict raises nothing narrower
            raise Stop(
                f"the state in {directory} can't be opened: {error}",
                "end the process that holds it; or move the directory away: the state comes back from a snapshot or the log",
            ) from error

    def checkpoint(self) -> bytes | None:
        """The checkpoint of the last save; None for a new store."""
        return self._bytes(self._db.get(_CHECKPOINT))

    def get_many(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """The saved values, in the order of ``keys``."""
        return [self._bytes(value) for value in self._db.get(list(keys))]

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Saved pairs whose key begins with ``prefix``, in key order.

        The bound matters: without it a scan that finds nothing steps over every deleted key up to the next one that lives.
        """
        options = ReadOptions()
        if end := _behind(prefix):
            options.set_iterate_upper_bound(end)
        for key, value in self._db.items(from_key=prefix, read_opt=options):
            # For a prefix that no key can follow there is no upper bound.
            if not key.startswith(prefix):
                return
            if key == _CHECKPOINT:
                continue
            yield bytes(key), bytes(value)

    def save(self, changes: Mapping[bytes, bytes | None], checkpoint: bytes) -> None:
        """Write changes and checkpoint, all or nothing."""
        # The raw mode of the database does not reach its batches.
        batch = WriteBatch(raw_mode=True)
        for key, value in changes.items():
            if value is None:
                batch.delete(key)
            else:
                batch.put(key, value)
        batch.put(_CHECKPOINT, checkpoint)
        # The one atomic step: state and offset are both of this save or both of the one before.
        self._db.write(batch)

    def copy_to(self, directory: Path) -> None:
        """A consistent copy of the last save by hard links; costs nothing until the store moves on."""
        # RocksDB makes the directory itself and refuses one that exists.
        directory.parent.mkdir(parents=True, exist_ok=True)
        HardLinkedCopy(self._db).create_checkpoint(str(directory))

    def close(self) -> None:
        """Let go of the files."""
        self._db.close()

    @staticmethod
    def _bytes(value: object) -> bytes | None:
        return None if value is None else bytes(value)  # type: ignore[call-overload]  # raw mode gives bytes
