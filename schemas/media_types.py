"""Media types as CloudEvents uses them: any letter case, with parameters."""

from functools import lru_cache
from typing import NamedTuple

UTF8 = frozenset({"", "utf-8", "utf8", "us-ascii"})


class MediaType(NamedTuple):
    """``name`` and ``charset`` in small letters; no charset is ""."""

    name: str
    charset: str

    @property
    def is_json(self) -> bool:
        """JSON, or something written as JSON."""
        return self.name.partition("/")[2] == "json" or self.name.endswith("+json")


@lru_cache(256)
def media_type(text: str) -> MediaType:
    """The media type in a content type."""
    name, *parameters = text.split(";")
    charset = ""
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip().lower() == "charset":
            charset = value.strip().strip('"').lower()
    return MediaType(name.strip().lower(), charset)


def check_json_type(text: str) -> None:
    """Raises ``ValueError`` for the content type of data that is not JSON in UTF-8, as RFC 8259 has it."""
    kind = media_type(text)
    if not kind.is_json:
        raise ValueError(f"datacontenttype: {text[:80]} is not JSON; say application/json, or something with +json")
    if kind.charset not in UTF8:
        raise ValueError(f"datacontenttype: charset {kind.charset[:40]}; JSON is written in UTF-8")
