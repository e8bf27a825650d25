"""Names in one form, so that two spellings are one name: of teams and deliverables, and of persons who are counted."""

import unicodedata
from functools import lru_cache

_INVISIBLE = frozenset({"Cf", "Cc"})


@lru_cache(1 << 14)
def one_form(name: str) -> str:
    """The name as it is compared and shown: in Unicode's form NFC, without blanks and invisible characters around it.

    Invisible are format and control characters (Cf, Cc). Of these alone it is no name, and empty.
    """
    whole = unicodedata.normalize("NFC", name)
    first, last = 0, len(whole)
    while first < last and _unseen(whole[first]):
        first += 1
    while first < last and _unseen(whole[last - 1]):
        last -= 1
    return whole[first:last]


def _unseen(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) in _INVISIBLE


@lru_cache(1 << 14)
def one_person(name: str) -> str:
    """What tells persons apart where a number of them is counted: NFC, without letter case, blanks around it, and format or
    control characters, which nobody sees. Never the name itself: two persons may share it.
    """
    seen = "".join(c for c in unicodedata.normalize("NFC", name) if unicodedata.category(c) not in _INVISIBLE)
    return unicodedata.normalize("NFC", seen.casefold()).strip()
