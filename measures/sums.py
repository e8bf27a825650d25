"""Sums: what entries add up to. Field → key → amount; a field without keys has the key ``""``. Nothing that is zero is kept.

The same in SQL is a ``Map(String, Int64)``: the field, and where there is a key, ``\\x1f`` and the key.
"""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from schemas.keys import SEPARATOR
from schemas.structs.contributions import Entry

Sums: TypeAlias = Mapping[str, Mapping[str, int]]
Growing: TypeAlias = dict[str, dict[str, int]]
_NOTHING: dict[str, int] = {}


def add(sums: Growing, field: str, key: str, amount: int) -> None:
    """Add an amount; what becomes zero goes."""
    keys = sums.get(field)
    if keys is None:
        if amount:
            sums[field] = {key: amount}
        return
    total = keys.get(key, 0) + amount
    if total:
        keys[key] = total
    elif key in keys:
        del keys[key]
        if not keys:
            del sums[field]


def merge(sums: Growing, others: Sums, sign: int = 1) -> None:
    """Add other sums; with ``sign`` -1 take them away."""
    for field, more in others.items():
        keys = sums.get(field)
        if keys is None:
            sums[field] = {key: sign * amount for key, amount in more.items()}
            continue
        for key, amount in more.items():
            total = keys.get(key, 0) + sign * amount
            if total:
                keys[key] = total
            else:
                keys.pop(key, None)
        if not keys:
            del sums[field]


def sums_of(entries: Iterable[Entry]) -> Growing:
    """The sums of entries (``at``, ``field``, ``key``, ``amount``), whatever their times."""
    sums: Growing = {}
    for entry in entries:
        add(sums, entry.field, entry.key, entry.amount)
    return sums


def total(sums: Sums, *fields: str) -> int:
    """The amounts of fields, all keys together; of ``field\\x1fkey`` only that key."""
    found = 0
    for name in fields:
        keys = sums.get(name)
        if keys is not None:
            found += sum(keys.values())
        elif SEPARATOR in name:
            field, _, key = name.partition(SEPARATOR)
            found += sums.get(field, _NOTHING).get(key, 0)
    return found


def flat(sums: Sums) -> dict[str, int]:
    """The same as SQL has it."""
    return {f"{field}{SEPARATOR}{key}" if key else field: n for field, keys in sums.items() for key, n in keys.items()}


def sql_total(*fields: str) -> str:
    """``total`` in SQL over the map ``s``, of fields without keys and of ``field\\x1fkey``."""
    added = " + ".join(f"s[{quoted(name)}]" for name in fields)
    return f"({added})" if len(fields) > 1 else added


def quoted(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'").replace(SEPARATOR, "\\x1f") + "'"
