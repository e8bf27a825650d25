"""Options that commands share."""

from pathlib import Path
from typing import Annotated

import typer

from schemas.settings import Settings, load

Home = Annotated[Path | None, typer.Option("--home", metavar="DIR", help="Home of the installation (BATON_HOME).")]


def settings_of(home: Path | None) -> Settings:
    """Settings in effect, with the home as an absolute path. Raises ``Stop`` when they are wrong."""
    settings = load(home=home)
    return settings.model_copy(
        update={"home": settings.home.expanduser().absolute(), "cache": settings.cache.expanduser().absolute()}
    )
