"""What a file is by its first bytes, so that a wrong one is named before anything of it is read as rows."""

from typing import Final

from schemas.errors import Stop

HEAD_BYTES = 4096
_BY_START: Final = (
    (b"\x1f\x8b", "gzip"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Office document (.xls)"),
    (b"%PDF", "PDF"),
    (b"PAR1", "Parquet"),
    (b"SQLite format 3\x00", "SQLite"),
    (b"(\xb5/\xfd", "zstd"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    (b"Rar!", "RAR"),
    (b"Obj\x01", "Avro"),
    (b"ORC", "ORC"),
)
MARKS: Final = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
)
"""Byte order marks and the encodings they stand for; a longer one first."""
_UNPACK: Final = {"tar": "tar xf", "zstd": "unzstd", "bzip2": "bunzip2", "xz": "unxz", "7-Zip": "7z x", "RAR": "unrar x"}


def mark_of(head: bytes) -> str | None:
    """The encoding that a byte order mark names."""
    return next((encoding for mark, encoding in MARKS if head.startswith(mark)), None)


def kind_of(head: bytes) -> str:
    """A word for what begins with ``head``: ``text`` where nothing else is recognised, ``nothing`` where it is empty."""
    if not head:
        return "nothing"
    for start, kind in _BY_START:
        if head.startswith(start):
            return kind
    if head[257:262] == b"ustar":
        return "tar"
    encoding = mark_of(head)
    text = (head.decode(encoding, "ignore") if encoding else _without_zeros(head).decode("latin-1")).lstrip("\ufeff \t\r\n")
    lower = text[:200].lower()
    if lower.startswith(("<!doctype html", "<html")):
        return "HTML"
    if lower.startswith("<"):
        return "XML"
    rest = text[1:].lstrip()
    if (text.startswith("{") and rest.startswith(('"', "}"))) or (text.startswith("[") and rest.startswith(("{", "[", "]"))):
        return "JSON"
    return "text"


def _without_zeros(head: bytes) -> bytes:
    """Text in UTF-16 or UTF-32 without a mark has a zero at each other byte."""
    return head.replace(b"\x00", b"")


def refuse_other_kinds(kind: str, wanted: str, name: str) -> None:
    """Raise ``Stop`` where a file is surely not what the mapping's ``format`` says."""
    if wanted == "csv":
        fits = kind == "text"
        mend = {
            "XML": "set `format: xes` in the mapping if it is an XES log; else export it as CSV",
            "spreadsheet": "set `format: xlsx` in the mapping, or save it as CSV",
            "JSON": "export it as CSV, or turn it into CSV: one row a change, one column a field",
        }.get(kind)
    elif wanted == "xes":
        fits = kind == "XML"
        mend = {"text": "name an XES file (XML with <log>, <trace>, <event>), or set `format: csv` in the mapping"}.get(kind)
    else:
        fits = kind in {"spreadsheet", "old Office document (.xls)"}
        mend = {"text": "set `format: csv` in the mapping, if its rows are lines with delimiters"}.get(kind)
    if fits:
        return
    if kind in _UNPACK:
        raise Stop(f"{name} is packed with {kind}", f"unpack it ({_UNPACK[kind]} {name}), or pack it as .gz or .zip")
    if kind == "nothing":
        raise Stop(f"{name} is empty", "export the log again")
    what = {"csv": "not CSV but", "xes": "not XES but", "xlsx": "no spreadsheet but"}[wanted]
    raise Stop(f"{name} is {what} {kind}", mend or f"export it as {'CSV' if wanted == 'csv' else wanted}")
