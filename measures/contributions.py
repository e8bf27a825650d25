"""Which entries of a subject stand in one contribution: few enough that a change publishes what changed, not its history.

A handoff gives to its pair and to its item's route on its own. Its offers before the newest, and the steps of a custody path,
stand in groups of fixed length, of which only the newest changes as events go on.
"""

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from measures.entries import HasPath, entries_of_handoff
from schemas.structs.contributions import Entry
from schemas.structs.facts import HandoffFact

STEPS, OFFERS = 8, 4
"""Custody steps, and offers of a handoff, of one group: most items have fewer and so a single one."""
CustodyKey: TypeAlias = tuple[str, str, int]
"""Two teams, sorted, and the number of a group."""
_OF_OFFER = frozenset({"offers", "reoffers", "wait", "wait_ms", "returns", "reasons"})


def groups_of_handoff(fact: HandoffFact) -> dict[int, list[Entry]]:
    """A handoff's entries by group; one without entries is left out.

    0: those of the handoff as a whole and of its newest offers; 1, 2, …: those of four earlier offers each. Another offer
    follows a return alone, so nothing but a correction changes these.
    """
    entries = entries_of_handoff(fact)
    newest = max(len(fact.offers) - 1, 0) // OFFERS * OFFERS
    if not newest:
        return {0: entries} if entries else {}
    groups: dict[int, list[Entry]] = {}
    offer = -1
    for entry in entries:
        # Each offer's entries begin with this one, in the order of the offers.
        offer += entry.field == "offers"
        group = offer // OFFERS + 1 if entry.field in _OF_OFFER and offer < newest else 0
        groups.setdefault(group, []).append(entry)
    return groups


class _Shared(NamedTuple):
    """What two teams share of one path: the number of their first step, and how often the item bounced between them."""

    first: int
    bounces: int


class CustodyGroups:
    """What a custody path gives to each two teams, as it grows (metrics W5): steps and bounces in the group of their step,
    ping-pong at the first step of the two."""

    __slots__ = ("_shared", "_steps")

    def __init__(self) -> None:
        self._shared: dict[tuple[str, str], _Shared] = {}
        self._steps = 1

    def extend(self, path: Sequence[str]) -> dict[CustodyKey, None]:
        """Take in the steps that are new; gives the groups that are others now, in order."""
        changed: dict[CustodyKey, None] = {}
        for n in range(self._steps, len(path)):
            both = _both(path, n)
            shared = self._shared.get(both)
            if shared is None:
                shared = self._shared[both] = _Shared(n, 0)
            if _is_bounce(path, n):
                shared = self._shared[both] = _Shared(shared.first, shared.bounces + 1)
                # A bounce makes another ping-pong of it at the first and at the third time; else its own group alone changes.
                if shared.bounces in {1, 3}:
                    changed[*both, _group(shared.first)] = None
            changed[*both, _group(n)] = None
        self._steps = max(len(path), 1)
        return changed

    def entries(self, key: CustodyKey, fact: HasPath) -> list[Entry]:
        """The entries of a group of the path that was taken in."""
        path, at = fact.path, fact.path_at
        *teams, group = key
        both = teams[0], teams[1]
        first, bounces = self._shared[both]
        entries: list[Entry] = []
        if _group(first) == group:
            entries.append(Entry(at=at[first], field="pp_pairs"))
            entries += [Entry(at=at[first], field=name) for name, least in (("pp_b1", 1), ("pp_b3", 3)) if bounces >= least]
        for n in range(group * STEPS + 1, min((group + 1) * STEPS + 1, len(path))):
            if _both(path, n) != both:
                continue
            entries.append(Entry(at=at[n], field="moves", key="ab" if path[n] == both[1] else "ba"))
            if _is_bounce(path, n):
                entries.append(Entry(at=at[n], field="bounces"))
        return entries


def _both(path: Sequence[str], n: int) -> tuple[str, str]:
    # Sorted: what happens between two teams belongs to both, whoever began.
    before, now = path[n - 1], path[n]
    return (before, now) if before < now else (now, before)


def _is_bounce(path: Sequence[str], n: int) -> bool:
    return n > 1 and path[n - 2] == path[n]


def _group(step: int) -> int:
    return (step - 1) // STEPS
