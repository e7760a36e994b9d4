"""``ordersync products export|import``: links as a CSV file."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from console import actions, projection
from console.cli.named_shop import named_shop
from console.cli.output import MaybeShop
from console.cli.running import at_desk, say
from console.desk import Desk
from console.link_files import read_links, write_links
from console.rows import Sku

app = typer.Typer()


@app.command("export")
def export(context: typer.Context, shop: MaybeShop = None) -> None:
    """Write every SKU and its variant as CSV to stdout; those without a link too."""

    async def read(desk: Desk) -> tuple[Sku, ...]:
        await projection.catch_up(desk.store, desk.rows)
        return await desk.rows.skus(await named_shop(desk, shop))

    say(f"{write_links(sys.stdout, at_desk(context, read))} SKUs")


@app.command("import")
def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV as exported")],
    shop: MaybeShop = None,
    execute: Annotated[bool, typer.Option("--execute", help="link; without it only look")] = False,
) -> None:
    """Link what a CSV file says. A file with a line at fault changes nothing (exit 2)."""

    async def act(desk: Desk) -> tuple[int, int | None]:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            links = read_links(lines)
        if not execute:
            return len(links), None
        made = await actions.link_products(
            desk.store,
            await named_shop(desk, shop),
            links,
            desk.request(),
            clock=desk.clock,
            linked_by="import",
        )
        return len(links), made

    links, made = at_desk(context, act)
    if made is None:
        typer.echo(f"{links} links in the file; nothing changed yet: add --execute")
    else:
        typer.echo(f"{made} of {links} links are new; orders that waited for them go on")
