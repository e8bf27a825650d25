"""``baton verify``: everything computed a second time, on the user's own data."""

import time
from collections.abc import Sequence
from typing import Annotated

import typer

from baton.connection_settings import settings_with_addresses
from baton.lag.blame import what_brings_it
from baton.lag.lag_query import TailQuery
from baton.lag.stage_lag import StageLag
from baton.lag.waiting import wait_until_complete
from baton.letters import letters_of
from baton.options import Home, settings_of
from baton.verdict import show
from broker.installation_record import newest_installation
from schemas.errors import Retry, Stop
from schemas.installation import agreed
from schemas.settings import Settings
from schemas.topics import CONTROL
from sinks.clickhouse import connect_from
from verification.recompute import fold_checks
from verification.scores_in_sql import score_checks
from verification.sql_checks import sql_checks

ANSWER_SECONDS = 120
ASK_SECONDS = 0.5
LAG_SECONDS, STILL_SECONDS = 60.0, 10.0
"""So long records on their way are waited for, and where nothing moves so long."""
Examples = Annotated[int, typer.Option("--examples", min=0, help="How many differences of each check to show.")]
All = Annotated[bool, typer.Option("--all", help="Show every check, also those that hold.")]


def command(home: Home = None, examples: Examples = 5, all_checks: All = False) -> None:
    """Recompute from raw events and compare with what was streamed. Five lines when all is well; else what is not, and a mend.

    The Python folds compute every fact and every score anew, with their versions, from the warehouse's raw events. SQL
    computes item paths and event counts, looks for records that are missing, and computes the current scores from the
    facts. Records of the log that are not in the tables, or count nowhere yet, are named; it waits for them some seconds. Run
    it when nothing lags: after `baton wait`.

    \b
    Exit code:
        0   everything there is was compared, and nothing differs
        1   something differs
        3   nothing differs, but some check could compare nothing, or records of the log are not in the tables: named, with why

    \b
    Example:
        baton wait && baton verify
    """
    settings = settings_with_addresses(settings_of(home))
    found = newest_installation(str(settings.kafka))
    if found is None:
        raise Stop(
            f"{CONTROL} at {settings.kafka} holds no installation, so there is nothing to verify",
            "run `baton up`, or name the right broker with BATON_KAFKA",
        )
    settings = agreed(settings, found)
    behind = behind_the_log(settings)  # first: what comes after that is the next one's
    warehouse = connect_from(settings)
    try:
        parts = {
            "facts, scores and dead letters, by the folds over raw events": fold_checks(warehouse, found),
            "offsets, item paths and event counts, by SQL over raw events": sql_checks(warehouse),
            "current scores, by SQL over facts": score_checks(warehouse),
        }
        letters = letters_of(warehouse)
    finally:
        warehouse.close()
    code = show(parts, examples, all_checks, behind, what_brings_it(behind, settings.time), str(letters or ""))
    if code:
        raise typer.Exit(code)


def behind_the_log(settings: Settings) -> Sequence[StageLag]:
    """What of the log is not in the tables, or counts nowhere yet.

    Waits for them while they come. Raises ``Retry`` while broker or warehouse is away.
    """
    query = TailQuery(settings, ANSWER_SECONDS)
    began = time.monotonic()
    state = wait_until_complete(
        query,
        lambda _: None,
        time.monotonic,
        lambda: time.sleep(ASK_SECONDS),
        began + LAG_SECONDS,
        lambda _, still_seconds: still_seconds >= STILL_SECONDS,
    )
    if state.away:
        raise Retry(state.away)
    return state.left
