"""Errors, grouped by what the caller must do.

    BatonError
    ├── Retry   something outside is away (broker, warehouse): back off with jitter, for ever, visibly
    ├── Park    this one record can't be used: to the dead letters with its reason and position
    └── Stop    going on would be wrong: say which setting or history is at fault and how to mend it

The loops catch these three and nothing else. An unknown exception ends the process; nothing is lost,
because offsets move only after publishing and saving, and the restart repeats it where it can be seen.
"""

from typing import Literal, get_args

STOP_EXIT, RETRY_EXIT = 78, 75
"""Exit codes of every process (EX_CONFIG and EX_TEMPFAIL of sysexits.h): the stack restarts all but the first."""

ParkReason = Literal[
    "null_key",
    "null_value",
    "too_large",
    "invalid_utf8",
    "invalid_json",
    "unsupported_encoding",
    "too_deep",
    "unknown_type",
    "unknown_version",
    "invalid_field",
    "wrong_subject",
    "wrong_partition",
    "not_broadcast",
    "too_far_ahead",
    "bad_row",
    "rejected",
]
"""Why a record was parked. A closed vocabulary: the columns, the counters and the docs use these words."""

PARK_REASONS: tuple[ParkReason, ...] = get_args(ParkReason)
JUDGED_IN_PLACE: tuple[ParkReason, ...] = ("wrong_partition", "not_broadcast", "too_far_ahead")
"""Reasons that come from where and when a record stands in its log, and not from its bytes: these records are readable."""


class BatonError(Exception):
    """Base of every error Baton raises on purpose."""


class Retry(BatonError):
    """The broker or the warehouse is unavailable; the same call may succeed later."""


class Park(BatonError):
    """One record can't be used.

    ``reason`` is the machine's word, ``detail`` says what and where. Neither ever carries the payload.
    """

    def __init__(self, reason: ParkReason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class Stop(BatonError):
    """Bad settings, missing history or a limit reached. ``mend`` says what to do about it."""

    def __init__(self, problem: str, mend: str) -> None:
        super().__init__(f"{problem}\n  mend: {mend}")
        self.problem = problem
        self.mend = mend
