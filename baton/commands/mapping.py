"""``baton mapping``: a first mapping for a log nobody has mapped yet."""

from pathlib import Path
from typing import Annotated

import typer

from producers.importers.mapping_suggestion import suggestion
from schemas.errors import Stop

app = typer.Typer(help="Mappings of logs: which column of an export says what.", no_args_is_help=True)
File = Annotated[Path, typer.Argument(metavar="FILE", help="The log: .csv, .xes or .xlsx; the first two also as .gz or .zip.")]
Output = Annotated[
    Path | None,
    typer.Option("--output", metavar="FILE", help="Where it is written; else it is printed. Nothing is overwritten."),
]


@app.callback()
def mapping() -> None:
    """Mappings of logs."""


@app.command("suggest")
def suggest(file: File, output: Output = None) -> None:
    """Look at a log and write a first mapping: its columns, formats, teams and words. What can't be known is marked with ??.

    \b
    Example:
        baton mapping suggest tickets.csv --output tickets.yaml
        baton import tickets.csv --mapping tickets.yaml --dry-run
    """
    text = suggestion(file)
    if output is None:
        typer.echo(text, nl=False)
        return
    try:
        with output.open("x", encoding="utf-8") as written:
            written.write(text)
    except FileExistsError:
        raise Stop(f"{output} is there already", "name another file, or remove it first") from None
    except OSError as error:
        raise Stop(f"{output} can't be written: {error.strerror}", "name a file in a folder you may write to") from None
    typer.echo(f"{output}: read it, correct what is marked with ??, then: baton import {file} --mapping {output} --dry-run")
