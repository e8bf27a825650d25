"""``baton setup``: fill the cache."""

import typer

from baton.options import Home, settings_as_given
from local.broker import broker_cache


def command(home: Home = None) -> None:
    """Fetch and prepare what all homes of this machine share, so that `baton up` starts in seconds, also offline.

    The broker's jars (checked against their sums, fetched anew when spoilt), formatted storage and the JVM's
    class archive go into BATON_CACHE. Nothing is done twice.

    \b
    Example:
        baton setup
    """
    settings = settings_as_given(home)
    if settings.kafka:
        typer.echo(f"BATON_KAFKA is set ({settings.kafka}): no local broker is needed")
        return
    for name in broker_cache.remove_damaged(settings.cache):
        typer.echo(f"{name} in the cache is missing or spoilt: fetching again")
    ready = broker_cache.fill_cache(settings.cache, typer.echo)
    typer.echo(f"the cache {settings.cache} is ready: {len(ready.classpath)} jars, {ready.java.origin}")
