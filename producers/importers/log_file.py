"""A log's file as one stream of bytes, whatever it is packed in: plain, .gz, or a zip with one file."""

import gzip
import hashlib
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, cast

from schemas.errors import Stop


class LogFile:
    """An open log: ``stream`` gives the unpacked bytes; ``total_bytes`` is the size of the file as it is packed."""

    def __init__(self, stream: IO[bytes], packed: IO[bytes], total_bytes: int, name: str) -> None:
        self.stream = stream
        self.total_bytes = total_bytes
        self.name = name
        self._packed = packed

    def bytes_read(self) -> int:
        """Packed bytes read so far."""
        return self._packed.tell()


@contextmanager
def open_log(path: Path) -> Iterator[LogFile]:
    """Open ``path``. Raises ``Stop`` when it isn't there, or isn't what its name says, also while it is read."""
    try:
        with ExitStack() as stack:
            packed = stack.enter_context(path.open("rb"))
            total_bytes = path.stat().st_size
            stream: IO[bytes] = packed
            if path.suffix == ".gz":
                stream = cast(IO[bytes], stack.enter_context(gzip.open(packed)))
            elif path.suffix == ".zip":
                stream = stack.enter_context(_only_file(stack.enter_context(zipfile.ZipFile(packed)), path))
            elif total_bytes == 0:
                raise Stop(f"{path} is empty", "export the log again")
            yield LogFile(stream, packed, total_bytes, path.name)
    except FileNotFoundError:
        raise Stop(f"there is no file {path}", "name the exported log (.csv, .xes, either as .gz or .zip)") from None
    except (IsADirectoryError, PermissionError) as error:
        raise Stop(f"{path} can't be read: {error.strerror}", "name a file this account may read") from error
    except (gzip.BadGzipFile, zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise Stop(f"{path} is not a whole {path.suffix} file: {error}", "copy or export it again") from error


def content_hash(path: Path) -> str:
    """Twelve hex digits of the hash of the file's bytes as they are packed. Constant memory."""
    with path.open("rb") as packed:
        return hashlib.file_digest(packed, "sha256").hexdigest()[:12]


def _only_file(archive: zipfile.ZipFile, path: Path) -> IO[bytes]:
    names = [entry.filename for entry in archive.infolist() if not entry.is_dir()]
    if len(names) != 1:
        raise Stop(f"{path} holds {len(names)} files ({', '.join(names[:5])}); expected one", "unpack it and name the log")
    if archive.getinfo(names[0]).flag_bits & 1:
        raise Stop(f"{path} is encrypted", "unpack it and name the log")
    return archive.open(names[0])
