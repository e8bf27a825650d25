"""Names in one form, so that two spellings are one name: of teams and deliverables, and of persons who are counted."""

import unicodedata
from functools import lru_cache


@lru_cache(1 << 14)
def one_form(name: str) -> str:
    """The name in Unicode's form NFC without blanks around it, which is compared and shown. One of blanks alone stays."""
    return unicodedata.normalize("NFC", name).strip() or name


@lru_cache(1 << 14)
def one_person(name: str) -> str:
    """What tells persons apart where a number of them is counted: NFC, without letter case, blanks around it, and format or
    control characters, which nobody sees. Never the name itself: two persons may share it.
    """
    seen = "".join(c for c in unicodedata.normalize("NFC", name) if unicodedata.category(c) not in {"Cf", "Cc"})
    return unicodedata.normalize("NFC", seen.casefold()).strip()
