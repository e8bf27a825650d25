"""Words by which tools say that there is nothing, or nobody."""

from typing import Final

_NOTHING: Final = frozenset(
    [
        *(
            "",
            "?",
            ".",
            "-",
            "--",
            "nan",
            "null",
            "none",
            "nil",
            "na",
            "n/a",
            "nat",
            "\\n",
            "(empty)",
            "(blank)",
            "(null)",
            "<null>",
        ),
        *("#n/a", "#ref!", "#value!", "#div/0!"),
    ]
)
_NOBODY: Final = frozenset(["0", "unknown", "undefined", "unassigned", "nobody"])


def means_nothing(cell: str) -> bool:
    """Whether a cell of any column says, in any letter case, that there is no value."""
    return cell.casefold() in _NOTHING


def means_nobody(team: str) -> bool:
    """Whether the name of a team says that there is none."""
    return means_nothing(team) or team.casefold() in _NOBODY
