"""``baton agreements``: what suppliers owe their customers, as files you keep."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from baton.connection_settings import kafka_address
from baton.control_changes import first_moment, print_changes, read_in_its_zone
from baton.options import Home, Kafka, settings_of
from baton.recorded_settings import recorded_settings
from producers.agreements.changes import changes_to, describe, retraction
from producers.agreements.stored_agreements import in_force, stored_agreements
from producers.agreements.yaml_files import load_agreements
from producers.publisher.kafka_log import KafkaLog
from runtime.shutdown import on_signals
from runtime.wall_clock import now_ms
from schemas.names import one_form

app = typer.Typer(help="What suppliers owe their customers: deliverables, SLA hours, weights.", no_args_is_help=True)
Files = Annotated[list[Path], typer.Argument(metavar="FILE...", help="YAML files, each with one agreement or many.")]
Supplier = Annotated[str, typer.Argument(metavar="SUPPLIER", help="The team that delivers.")]
Customer = Annotated[str, typer.Argument(metavar="CUSTOMER", help="The team that gets it.")]
Moment = Annotated[str, typer.Argument(metavar="VALID_FROM", help="Its first day, as `list` shows it.")]
PastVotes = Annotated[bool, typer.Option("--past-votes", help="Votes given since a past VALID_FROM were the team's.")]


@app.command("apply")
def apply(files: Files, past_votes: PastVotes = False, home: Home = None, kafka: Kafka = None) -> None:
    """Apply agreements from YAML. Applying them again changes nothing; a changed one gets the next revision.

    A date without time begins at midnight in the installation's time zone. In a home whose time is log they take effect with
    the next import. Team ratings begin in the future, unless you say that the votes since then were the team's.

    \b
    Example: `baton agreements apply marketing.yaml`, where that file holds
        agreements:
          - supplier: Marketing
            customer: Sales
            valid_from: 2026-01-01
            rating_mode: individual        # or team: one agreed rating a month
            deliverables:                  # at most six
              - deliverable: leads
                sla_hours: 24
                weight: 3
              - deliverable: decks
    """
    settings = settings_of(home)
    wanted, settings = read_in_its_zone(partial(load_agreements, files), settings, kafka)
    with on_signals() as stopping, KafkaLog(kafka_address(settings, kafka), stopping=stopping) as log:
        changes = changes_to(wanted, stored_agreements(log), now_ms(), past_votes)
        log.publish(change.request for change in changes if change.request is not None)
    print_changes(((change.kind, describe(change.agreement, settings.time_zone)) for change in changes), settings.time)


@app.command("list")
def list_(home: Home = None, kafka: Kafka = None) -> None:
    """List the agreements, by pair and first day.

    \b
    Example:
        baton agreements list
    """
    settings = recorded_settings(settings_of(home), kafka)
    with on_signals() as stopping, KafkaLog(kafka_address(settings, kafka), stopping=stopping) as log:
        agreements = in_force(stored_agreements(log))
    for agreement, revision in agreements:
        typer.echo(describe(agreement, settings.time_zone) + (f" [revision {revision}]" if revision else ""))
    if not agreements:
        typer.echo("no agreements; `baton agreements apply --help` has one to start from")


@app.command("retract")
def retract(
    supplier: Supplier,
    customer: Customer,
    valid_from: Moment,
    past_votes: PastVotes = False,
    home: Home = None,
    kafka: Kafka = None,
) -> None:
    """Take an agreement back as if it had never been made: for one entered with the wrong day or pair.

    An older one of the pair holds again.

    \b
    Example:
        baton agreements retract Marketing Sales 2026-01-01
    """
    settings = settings_of(home)
    begins_ms, settings = read_in_its_zone(partial(first_moment, valid_from), settings, kafka)
    with on_signals() as stopping, KafkaLog(kafka_address(settings, kafka), stopping=stopping) as log:
        pair = one_form(supplier), one_form(customer)
        change = retraction(*pair, begins_ms, stored_agreements(log), now_ms(), past_votes)
        log.publish([change.request] if change.request else [])
    print_changes([(change.kind, describe(change.agreement, settings.time_zone))], settings.time)
