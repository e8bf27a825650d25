"""Headers and bodies of ClickHouse's HTTP replies, errors included. Pure."""

import json
from dataclasses import asdict

from local.warehouse.clickhouse_errors import ClickHouseError
from local.warehouse.content_encoding import MIN_COMPRESSED_BYTES, compressor, negotiated
from local.warehouse.engine import QuerySummary
from local.warehouse.query_execution import QueryReply

CONTENT_TYPES = {"TabSeparated": "text/tab-separated-values; charset=UTF-8", "JSON": "application/json; charset=UTF-8"}
TSV_NAMES = ("TSV", "TabSeparated", "TSVRaw", "TabSeparatedRaw", "TSVWithNames", "TabSeparatedWithNames")


def common_headers(time_zone: str, query_id: str) -> dict[str, str]:
    """What every reply carries; an empty ``query_id`` is left out."""
    headers = {"X-ClickHouse-Server-Display-Name": "baton-local", "X-ClickHouse-Timezone": time_zone}
    return headers | ({"X-ClickHouse-Query-Id": query_id} if query_id else {})


def result_headers(reply: QueryReply, encoding: str) -> dict[str, str]:
    """What a result carries beside the common headers. ``encoding``: of its body, empty for none."""
    headers = {"X-ClickHouse-Summary": summary_header(reply.summary)}
    if reply.format is not None:
        plain = "TabSeparated" if reply.format in TSV_NAMES else "JSON" if reply.format.startswith("JSON") else ""
        headers["X-ClickHouse-Format"] = reply.format
        headers["Content-Type"] = CONTENT_TYPES.get(plain, "application/octet-stream")
    if encoding:
        headers["Content-Encoding"] = encoding
    return headers


def summary_header(summary: QuerySummary) -> str:
    """The value of X-ClickHouse-Summary: numbers as texts, as a server sends them."""
    return json.dumps({name: str(value) for name, value in asdict(summary).items()})


def reply_encoding(reply: QueryReply, accept_encoding: str, enabled: bool) -> str:
    """The encoding of a reply's body, empty for none: not when short, and only when the client ``enabled`` it."""
    short = reply.rest is None and sum(map(len, reply.chunks)) < MIN_COMPRESSED_BYTES
    return negotiated(accept_encoding) if enabled and not short else ""


def whole_body(reply: QueryReply, encoding: str) -> bytes:
    """The body of a reply that was read to its end."""
    compress = compressor(encoding)
    return b"".join([*map(compress.compress, reply.chunks), compress.flush()])


def error_text(error: ClickHouseError, version: str) -> str:
    """An error's text, signed with the engine's version as a server does."""
    signature = f" (version {version})"
    return error.text if error.text.endswith(signature) else error.text + signature


def exception_block(text: str, tag: str) -> bytes:
    """An error inside a result that has begun, framed so that a client finds it by the ``tag`` of the headers."""
    message = text.encode() + b"\n"
    frame = f"{len(message)} {tag}\r\n__exception__\r\n"
    return f"__exception__\r\n{tag}\r\n".encode() + message + frame.encode()
