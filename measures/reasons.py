"""Why a delivery was sent back: a closed vocabulary, so that every count can be taken away again (metrics W7)."""

REASONS = frozenset(
    {
        "incomplete",
        "wrong_format",
        "defect",
        "unclear_request",
        "sent_back",
        "wrong_team",
        "wrong_content",
        "missing_approval",
        "missing_information",
        "duplicate",
        "late",
        "not_needed",
        "not_agreed",
        "not_tested",
        "wrong_version",
        "wrong_quantity",
        "damaged",
    }
)
"""At most 32 codes; a word that is none of them counts as ``OTHER``."""
OTHER = "other"
UNSPECIFIED = "unspecified"


def code_of(reason: str | None) -> str:
    """The code a return counts under; the fact keeps the source's own word."""
    if reason is None:
        return UNSPECIFIED
    return reason if reason in REASONS else OTHER
