"""``baton teams``: names that teams have or had in tools, as files you keep."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from baton.connection_settings import kafka_address
from baton.options import Home, Kafka, settings_of
from producers.publisher.kafka_log import KafkaLog
from producers.teams.team_names import (
    ALWAYS_MS,
    Alias,
    AliasChange,
    aliases_in,
    changes_to,
    describe,
    retraction,
    stored_aliases,
)
from producers.teams.yaml_files import load_aliases
from runtime.shutdown import on_signals
from runtime.wall_clock import now_ms
from schemas.errors import Stop
from schemas.fields import to_ms
from schemas.names import one_form

app = typer.Typer(help="Names that mean a team, from a day on: renamed and merged teams.", no_args_is_help=True)
Files = Annotated[list[Path], typer.Argument(metavar="FILE...", help="YAML files, or folders of them.")]
Told = Annotated[str, typer.Argument(metavar="NAME", help="The name that means another team.")]
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
def apply(files: Files, home: Home = None, kafka: Kafka = None) -> None:
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
    wanted = load_aliases(files, settings.time_zone)
    with on_signals() as stopping, KafkaLog(kafka_address(settings, kafka), stopping=stopping) as log:
        changes = changes_to(wanted, stored_aliases(log), now_ms())
        log.publish(change.request for change in changes if change.request is not None)
    _print_changes(changes, settings.time_zone)


@app.command("list")
def list_(home: Home = None, kafka: Kafka = None) -> None:
    """List the names, with the team that each means.

    \b
    Example:
        baton teams list
    """
    settings = settings_of(home)
    with on_signals() as stopping, KafkaLog(kafka_address(settings, kafka), stopping=stopping) as log:
        aliases = aliases_in(stored_aliases(log))
    _print(aliases, settings.time_zone)
    if not aliases:
        typer.echo("each name is a team of its own; `baton teams apply --help` has a file to start from")


@app.command("retract")
def retract(name: Told, valid_from: Moment = "", home: Home = None, kafka: Kafka = None) -> None:
    """Take a name's meaning back as if it had never been said: for one entered with the wrong day or team.

    \b
    Example:
        baton teams retract Network 2026-11-03
    """
    settings = settings_of(home)
    begins_ms = _moment(valid_from, settings.time_zone) if valid_from else ALWAYS_MS
    with on_signals() as stopping, KafkaLog(kafka_address(settings, kafka), stopping=stopping) as log:
        change = retraction(one_form(name), begins_ms, stored_aliases(log), now_ms())
        log.publish([change.request] if change.request else [])
    _print_changes([change], settings.time_zone)


def _moment(text: str, zone: str) -> int:
    try:
        begins = datetime.fromisoformat(text)
    except ValueError as error:
        raise Stop(
            f"VALID_FROM {text} is no date: {error}", "a day like 2026-01-01, or a time like 2026-01-01T06:00:00Z"
        ) from error
    return to_ms(begins if begins.tzinfo else begins.replace(tzinfo=ZoneInfo(zone)))


def _print(aliases: Iterable[Alias], zone: str) -> None:
    for alias in aliases:
        typer.echo(describe(alias, zone))


def _print_changes(changes: list[AliasChange], zone: str) -> None:
    for change in changes:
        if change.kind != "same":
            typer.echo(f"{change.kind}: {describe(change.alias, zone)}")
    same = sum(change.kind == "same" for change in changes)
    typer.echo(f"{len(changes) - same} changed, {same} as they were")
