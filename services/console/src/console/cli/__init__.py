"""``ordersync``: what operators type. A module per noun; the same actions as the pages.

Results go to stdout, progress and problems to stderr. Exit codes: 0 done, 1 failed or not found,
2 usage or settings, 5 refused. Verbs on many (replay) only show what they would do without
``--execute``.
"""

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Final

import typer

NOUNS: Final = (
    "order",
    "errors",
    "products",
    "settings",
    "shop",
    "replay",
    "audit",
    "compliance",
    "console",
    "migrate",
)


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
    for noun in NOUNS if set(NOUNS).isdisjoint(arguments[:1]) else arguments[:1]:
        app.add_typer(import_module(f"console.cli.{noun}").app, name=noun)
    return app


def main() -> None:
    """The ``ordersync`` command."""
    build(sys.argv[1:])()


def _ordersync() -> None:
    """TikTok Shop orders into Shopify: look, sync, link, connect, replay."""
