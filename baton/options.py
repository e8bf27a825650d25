"""Options that commands share, and the settings they lead to."""

from collections.abc import Container
from pathlib import Path
from typing import Annotated

import typer

from baton.record_copy import copied
from schemas.installation import agreed
from schemas.settings import Settings, load

Home = Annotated[Path | None, typer.Option("--home", metavar="DIR", help="Home of the installation (BATON_HOME).")]
Kafka = Annotated[str | None, typer.Option("--kafka", metavar="HOST:PORT", help="The broker (BATON_KAFKA).")]


def settings_as_given(home: Path | None) -> Settings:
    """Settings as they were given, with the home as an absolute path: for what works on any home, such as ending it.

    Raises ``Stop`` when they are wrong.
    """
    settings = load(home=home)
    return settings.model_copy(
        update={"home": settings.home.expanduser().absolute(), "cache": settings.cache.expanduser().absolute()}
    )


def settings_of(home: Path | None, free: Container[str] = ()) -> Settings:
    """Settings in effect: as given, and as the home's copy of its installation's record decides.

    Raises ``Stop`` when they are wrong, or one that is not in ``free`` contradicts the record.
    """
    settings = settings_as_given(home)
    return agreed(settings, copied(settings), free)
