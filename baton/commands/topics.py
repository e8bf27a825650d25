"""``baton topics``: the topics Baton owns."""

import typer

from baton.connection_settings import kafka_address
from baton.options import Home, Kafka, settings_of
from baton.recorded_settings import settings_if_recorded
from broker.topics import apply
from schemas.timestamps import DAY_MS
from schemas.topics import registry

app = typer.Typer(help="The topics Baton owns: their names, and making them.", no_args_is_help=True)


@app.command("apply")
def apply_topics(home: Home = None, kafka: Kafka = None) -> None:
    """Create what is missing. A topic that differs from the registry is an error that names each difference.

    \b
    Example:
        baton topics apply --kafka localhost:9092
    """
    settings = settings_if_recorded(settings_of(home))
    address = kafka_address(settings, kafka)
    created = apply(address, registry(settings))
    for name in created:
        typer.echo(f"created {name}")
    if not created:
        typer.echo("nothing to do: every topic is there and as the registry says")


@app.command("list")
def list_topics(home: Home = None) -> None:
    """Every topic: its key, who writes and reads it, partitions and how long it is kept.

    \b
    Example:
        baton topics list
    """
    for topic in registry(settings_of(home)):
        kept = int(topic.config["retention.ms"])
        typer.echo(f"{topic.name}  {topic.partitions} partitions, kept {'for ever' if kept < 0 else f'{kept // DAY_MS} d'}")
        typer.echo(f"    {topic.about}")
        typer.echo(f"    key: {topic.key}")
        typer.echo(f"    from {', '.join(topic.producers)} to {', '.join(topic.consumers)}")
