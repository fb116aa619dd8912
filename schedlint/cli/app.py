"""All commands together."""

from __future__ import annotations

import typer

from schedlint.cli.check import check
from schedlint.cli.derive import derive
from schedlint.cli.frameworks import frameworks
from schedlint.cli.init import init
from schedlint.cli.rule import rule
from schedlint.cli.schema import schema

app = typer.Typer(
    name="schedlint",
    help="Works out what a training config implies and finds what cannot be true.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(short_help="Find what cannot be true.")(check)
app.command(short_help="Show the numbers that a config implies.")(derive)
app.command(short_help="Explain a rule, or list them all.")(rule)
app.command(short_help="List the frameworks and their versions.")(frameworks)
app.command(short_help="Print the JSON Schema of a framework's config.")(schema)
app.command(short_help="Begin a project's settings and its hook.")(init)


def _version(asked: bool) -> None:
    if asked:
        from schedlint import __version__

        typer.echo(f"schedlint {__version__}")
        raise typer.Exit


@app.callback()
def schedlint(
    version: bool = typer.Option(
        False, "--version", help="Show the version.", is_eager=True, callback=_version
    ),
) -> None:
    """Works out what a training config implies and finds what cannot be true."""
