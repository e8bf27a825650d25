"""How aiokafka's consumers parse what they fetched (adapter: aiokafka's private parser), for everybody who reads by it."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException, UnsupportedCodecError
from aiokafka.record.default_records import DefaultRecordBatch, _DefaultRecordBatchPy
from aiokafka.record.memory_records import _MemoryRecordsPy

from broker.record_parsing import AnyHeaderNames, unreadable


def read_any_record() -> None:
    """From now on consumers of this process read records whatever their headers are called.

    What can't be read raises ``Stop`` with its place, from wherever the client is asked for records. May be called again.
    """
    # Private API: the fetcher takes its two classes from these names and from nowhere else.
    fetcher.MemoryRecords = _FetchedRecords
    fetcher.PartitionRecords = _PartitionRecords


class _PythonBatch(AnyHeaderNames, _DefaultRecordBatchPy):  # type: ignore[misc]  # aiokafka has no types
    """Aiokafka's batch in Python, which takes any header name."""


class _Batch:
    """A batch that the parser in C reads, and where it gives up the one in Python."""

    def __init__(self, batch: Any, content: memoryview) -> None:  # a batch of aiokafka's
        self._batch = batch
        self._content = content

    def __getattr__(self, name: str) -> Any:
        """What the fetcher asks of the batch as such, its checksum for one."""
        return getattr(self._batch, name)

    def __next__(self) -> Any:  # a record of aiokafka's: the marker of a transaction is asked for so
        return next(self._batch)

    def __iter__(self) -> Iterator[Any]:
        given = 0
        try:
            for record in self._batch:
                yield record
                given += 1
        except (UnicodeDecodeError, CorruptRecordException):
            # The latter is how a parser in Python says the former; what is damaged raises again.
            yield from islice(_PythonBatch(self._content), given, None)


class _FetchedRecords(_MemoryRecordsPy):  # type: ignore[misc]  # aiokafka has no types
    """Batches that keep their bytes."""

    def next_batch(self) -> Any:  # a batch of aiokafka's, or of the format before
        content = self._next_slice
        batch = super().next_batch()
        # Others are of the formats before, which have no headers.
        return _Batch(batch, content) if isinstance(batch, DefaultRecordBatch) else batch


class _PartitionRecords(fetcher.PartitionRecords):  # type: ignore[misc]  # aiokafka has no types
    """Names the place where parsing fails."""

    def _unpack_records(self) -> Iterator[Any]:  # records of aiokafka's
        try:
            yield from super()._unpack_records()
        except (CorruptRecordException, UnsupportedCodecError, ValueError) as error:
            raise unreadable(self._tp.topic, self._tp.partition, self.next_fetch_offset, error) from error
