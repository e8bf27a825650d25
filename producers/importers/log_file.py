"""A log's file as one stream of bytes, whatever it is packed in: plain, gzip, or a zip with one file that counts."""

import gzip
import hashlib
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, cast

from producers.importers.file_kind import HEAD_BYTES, kind_of
from schemas.errors import Stop

_NO_LOGS = {"thumbs.db", "desktop.ini", ".ds_store"}
_SPREADSHEET_PARTS = {"[Content_Types].xml", "mimetype"}


class LogFile:
    """An open log: ``stream`` gives the unpacked bytes; ``total_bytes`` is the size of the file as it is packed.

    ``kind``: what the unpacked bytes are (``file_kind``). A spreadsheet is left packed, as its readers want it.
    """

    def __init__(self, stream: IO[bytes], packed: IO[bytes], total_bytes: int, name: str, kind: str) -> None:
        self.stream = stream
        self.total_bytes = total_bytes
        self.name = name
        self.kind = kind
        self._packed = packed

    def bytes_read(self) -> int:
        """Packed bytes read so far."""
        return self._packed.tell()


@contextmanager
def open_log(path: Path) -> Iterator[LogFile]:
    """Open ``path``, whatever its name ends in. Raises ``Stop`` when it isn't there or is broken, also while it is read."""
    kind = "file"
    try:
        with ExitStack() as stack:
            packed = stack.enter_context(path.open("rb"))
            total_bytes = path.stat().st_size
            stream: IO[bytes] = packed
            name = path.name
            kind = _kind(packed)
            if kind == "gzip":
                stream = cast(IO[bytes], stack.enter_context(gzip.open(packed)))
                kind = _kind(stream)
                if kind in {"gzip", "zip"}:
                    raise Stop(f"{path} is packed twice", "unpack it once")
            elif kind == "zip":
                archive = stack.enter_context(zipfile.ZipFile(packed))
                if _SPREADSHEET_PARTS.intersection(archive.namelist()):
                    kind = "spreadsheet"
                    packed.seek(0)
                else:
                    stream, name = _only_file(archive, path, stack)
                    kind = _kind(stream)
                    if kind in {"gzip", "zip"}:
                        raise Stop(f"{path} holds {name}, which is packed itself", "unpack it and name the log")
            elif kind == "nothing":
                raise Stop(f"{path} is empty", "export the log again")
            elif path.suffix.lower() in {".gz", ".zip"}:
                raise Stop(f"{path} is not a whole {path.suffix} file: it begins otherwise", "copy or export it again")
            yield LogFile(stream, packed, total_bytes, name, kind)
    except FileNotFoundError:
        raise Stop(
            f"there is no file {path}", "name the exported log (.csv, .xes, .xlsx; the first two also packed)"
        ) from None
    except (IsADirectoryError, PermissionError) as error:
        raise Stop(f"{path} can't be read: {error.strerror}", "name a file this account may read") from error
    except (gzip.BadGzipFile, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:  # a compression zipfile lacks
        raise Stop(f"{path} is not a whole packed file: {error}", "copy or export it again") from error


def content_hash(path: Path) -> str:
    """Twelve hex digits of the hash of the file's bytes as they are packed. Constant memory."""
    with path.open("rb") as packed:
        return hashlib.file_digest(packed, "sha256").hexdigest()[:12]


def _kind(stream: IO[bytes]) -> str:
    """What the stream holds; it stands at its beginning again afterwards."""
    head = stream.read(HEAD_BYTES)
    stream.seek(0)
    return kind_of(head)


def _only_file(archive: zipfile.ZipFile, path: Path, stack: ExitStack) -> tuple[IO[bytes], str]:
    """The one file that counts, and its name: what file managers add by themselves is none."""
    names = [entry.filename for entry in archive.infolist() if not entry.is_dir() and not _is_extra(entry.filename)]
    if len(names) != 1:
        raise Stop(f"{path} holds {len(names)} files ({', '.join(names[:5])}); expected one", "unpack it and name the log")
    if archive.getinfo(names[0]).flag_bits & 1:
        raise Stop(f"{path} is encrypted", "unpack it and name the log")
    return stack.enter_context(archive.open(names[0])), PurePosixPath(names[0]).name


def _is_extra(name: str) -> bool:
    path = PurePosixPath(name)
    return "__MACOSX" in path.parts or path.name.lower() in _NO_LOGS or path.name.startswith("._")
