"""Names of teams and deliverables in one form, so that two spellings of one name are one name."""

import unicodedata
from functools import lru_cache


@lru_cache(1 << 14)
def one_form(name: str) -> str:
    """The name in Unicode's form NFC without blanks around it, which is compared and shown. One of blanks alone stays."""
    return unicodedata.normalize("NFC", name).strip() or name
