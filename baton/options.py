"""Options that commands share, and the settings they lead to."""

from pathlib import Path
from typing import Annotated

import typer

from schemas.settings import Settings, load

Home = Annotated[Path | None, typer.Option("--home", metavar="DIR", help="Home of the installation (BATON_HOME).")]
Kafka = Annotated[str | None, typer.Option("--kafka", metavar="HOST:PORT", help="The broker (BATON_KAFKA).")]


def settings_of(home: Path | None) -> Settings:
    """Settings in effect, with the home as an absolute path. Raises ``Stop`` when they are wrong."""
    settings = load(home=home)
    return settings.model_copy(
        update={"home": settings.home.expanduser().absolute(), "cache": settings.cache.expanduser().absolute()}
    )
