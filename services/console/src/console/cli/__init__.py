"""``ordersync``: what operators type. The same actions as the pages.

Each noun is announced by its owner, as an entry point of the group ``ordersync.commands`` that
names the typer app behind it; here nobody is known by name. ``opening`` opens what commands work
on, ``options`` are those that several commands have.

Results go to stdout, progress and problems to stderr. Exit codes: 0 done, 1 failed or not found,
2 usage or settings, 5 refused. Verbs on many (replay) only show what they would do without
``--execute``.
"""

import sys
from collections.abc import Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import Final

import typer

from commandline.output import print_note
from commandline.running import USAGE
from console.typed import is_text

EVERYDAY: Final = ("order", "errors", "products", "settings", "shop", "replay")
"""Listed first, in this order; the others follow by name."""


def nouns() -> dict[str, EntryPoint]:
    """Every noun that is announced, in the order of ``--help``."""
    announced = {point.name: point for point in entry_points(group="ordersync.commands")}
    first = [noun for noun in EVERYDAY if noun in announced]
    return {noun: announced[noun] for noun in (*first, *sorted(announced.keys() - set(first)))}


def build(arguments: Sequence[str]) -> typer.Typer:
    """The command for these arguments: only the noun they name is loaded, without one all are.

    Some nouns bring Kafka and HTTP clients along, which would double the time of ``order show``.
    """
    app = typer.Typer(
        name="ordersync",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback()(_ordersync)
    announced = nouns()
    for noun in announced if announced.keys().isdisjoint(arguments[:1]) else arguments[:1]:
        app.add_typer(announced[noun].load(), name=noun)
    return app


def main() -> None:
    """The ``ordersync`` command."""
    for place, argument in enumerate(sys.argv[1:], start=1):
        if not is_text(argument):
            print_note(f"argument {place} is not UTF-8 text: type it anew")
            raise SystemExit(USAGE)
    build(sys.argv[1:])()


def _ordersync() -> None:
    """TikTok Shop orders into Shopify: look, sync, link, connect, replay."""
