"""``baton doctor``: settings in effect, and what is wrong with this machine."""

import typer

from baton.doctor_checks import findings
from baton.options import Home, settings_of
from baton.recorded_settings import settings_if_recorded
from schemas.settings import Settings, masked


def command(home: Home = None) -> None:
    """Print every setting in effect (secrets masked), then check this machine. Changes nothing.

    In effect is what the installation's record decides; a setting that contradicts it is refused, as by every command.

    Looks at Python, packages, disk, clock, Java, the cache and ports. Exit code 1 when something is
    wrong; each such line says how to mend it.

    \b
    Example:
        baton doctor
    """
    settings = settings_if_recorded(settings_of(home))
    for name, setting in Settings.model_fields.items():
        typer.echo(f"BATON_{name.upper():<24} {masked(getattr(settings, name)):<32} {setting.description}")
    typer.echo("")
    found = list(findings(settings))
    for finding in found:
        typer.echo(f"{'WRONG' if finding.mend else 'ok':<6} {finding.what:<14} {finding.found}")
        if finding.mend:
            typer.echo(f"       mend: {finding.mend}")
    if any(finding.mend for finding in found):
        raise typer.Exit(1)
