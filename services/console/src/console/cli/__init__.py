"""``ordersync``: what operators type. A module per noun; the same actions as the pages.

Results go to stdout, progress and problems to stderr. Exit codes: 0 done, 1 failed or not found,
2 usage or settings, 5 refused. Verbs on many (replay) only show what they would do without
``--execute``.
"""

import typer

from console.cli import migrate, order, products, replay, rows, settings, shop

app = typer.Typer(
    name="ordersync",
    help="TikTok Shop orders into Shopify: look, sync, link, connect, replay.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(order.app, name="order")
app.add_typer(settings.app, name="settings")
app.add_typer(products.app, name="products")
app.add_typer(shop.app, name="shop")
app.add_typer(replay.app, name="replay")
app.add_typer(rows.app, name="console")
app.command(name="migrate")(migrate.migrate)


def main() -> None:
    """The ``ordersync`` command."""
    app()
