"""``baton teams``: names that teams have or had in tools, as files you keep."""

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from baton.connection_settings import kafka_address
from baton.control_changes import first_moment, print_changes, read_in_its_zone
from baton.options import Home, Kafka, settings_of
from baton.recorded_settings import recorded_settings
from producers.agreements.stored_agreements import in_force, stored_agreements
from producers.publisher.kafka_log import KafkaLog
from producers.teams.team_names import (
    ALWAYS_MS,
    Alias,
    aliases_in,
    changes_to,
    describe,
    retraction,
    stored_aliases,
)
from producers.teams.yaml_files import load_aliases
from runtime.shutdown import on_signals
from runtime.wall_clock import now_ms
from schemas.event_bodies import AgreementSet
from schemas.names import one_form

app = typer.Typer(help="Names that mean a team, from a day on: renamed and merged teams.", no_args_is_help=True)
Files = Annotated[list[Path], typer.Argument(metavar="FILE...", help="YAML files, or folders of them.")]
Told = Annotated[str, typer.Argument(metavar="NAME", help="The name that means another team.")]
PastVotes = Annotated[
    bool, typer.Option("--past-votes", help="Where a pair is rated as a team: votes given since VALID_FROM were the team's.")
]
Moment = Annotated[str, typer.Argument(metavar="[VALID_FROM]", help="Its first day, as `list` shows it; none: always.")]


@app.command("check")
def check(files: Files, home: Home = None) -> None:
    """Read the files and say what each name means; nothing is sent.

    \b
    Example:
        baton teams check teams/
    """
    settings = settings_of(home)
    _print(load_aliases(files, settings.time_zone), settings.time_zone)


@app.command("apply")
def apply(files: Files, past_votes: PastVotes = False, home: Home = None, kafka: Kafka = None) -> None:
    """Apply names from YAML. Applying them again changes nothing; a changed one gets the next revision.

    From its day on a name means the team: a rename is no handoff. Before it, the name is a team of its own, so past numbers
    stay as they were named then. A date without time begins at midnight in the installation's time zone. In a home whose time
    is log they take effect with the next import.

    \b
    Example: `baton teams apply teams/`, with a file in that folder that holds
        teams:
          - team: Network Operations
            aliases:
              - name: Network              # renamed
                valid_from: 2026-11-03
              - name: Datacenter           # merged into it
                valid_from: 2026-12-01
              - NOC                        # has always meant it
    """
    settings = settings_of(home)
    wanted, settings = read_in_its_zone(partial(load_aliases, files), settings, kafka)
    with on_signals() as stopping, KafkaLog(kafka_address(settings, kafka), stopping=stopping) as log:
        changes = changes_to(wanted, stored_aliases(log), _agreed(log), now_ms(), past_votes)
        log.publish(change.request for change in changes if change.request is not None)
    print_changes(((change.kind, describe(change.alias, settings.time_zone)) for change in changes), settings.time)


@app.command("list")
def list_(home: Home = None, kafka: Kafka = None) -> None:
    """List the names, with the team that each means.

    \b
    Example:
        baton teams list
    """
    settings = recorded_settings(settings_of(home), kafka)
    with on_signals() as stopping, KafkaLog(kafka_address(settings, kafka), stopping=stopping) as log:
        aliases = aliases_in(stored_aliases(log))
    _print(aliases, settings.time_zone)
    if not aliases:
        typer.echo("each name is a team of its own; `baton teams apply --help` has a file to start from")


@app.command("retract")
def retract(
    name: Told, valid_from: Moment = "", past_votes: PastVotes = False, home: Home = None, kafka: Kafka = None
) -> None:
    """Take a name's meaning back as if it had never been said: for one entered with the wrong day or team.

    \b
    Example:
        baton teams retract Network 2026-11-03
    """
    settings = settings_of(home)
    begins_ms, settings = read_in_its_zone(lambda z: first_moment(valid_from, z) if valid_from else ALWAYS_MS, settings, kafka)
    with on_signals() as stopping, KafkaLog(kafka_address(settings, kafka), stopping=stopping) as log:
        change = retraction(one_form(name), begins_ms, stored_aliases(log), _agreed(log), now_ms(), past_votes)
        log.publish([change.request] if change.request else [])
    print_changes([(change.kind, describe(change.alias, settings.time_zone))], settings.time)


def _agreed(log: KafkaLog) -> list[AgreementSet]:
    return [agreement for agreement, _ in in_force(stored_agreements(log))]


def _print(aliases: Iterable[Alias], zone: str) -> None:
    for alias in aliases:
        typer.echo(describe(alias, zone))
