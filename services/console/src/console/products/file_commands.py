"""``ordersync products export|import``: links as a CSV file."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from commandline.output import print_note
from console import projection
from console.backend import Backend
from console.cli.opening import on_backend
from console.cli.options import AnyShopOption, named_shop
from console.products.actions import link_products
from console.products.link_files import read_links, write_links
from console.rows import Sku

app = typer.Typer()


@app.command("export")
def export(context: typer.Context, shop: AnyShopOption = None) -> None:
    """Write every SKU and its variant as CSV to stdout; those without a link too."""

    async def read(backend: Backend) -> tuple[Sku, ...]:
        await projection.catch_up(backend.store, backend.rows)
        return await backend.rows.skus(await named_shop(backend, shop))

    print_note(f"{write_links(sys.stdout, on_backend(context, read))} SKUs")


@app.command("import")
def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV as exported")],
    shop: AnyShopOption = None,
    execute: Annotated[bool, typer.Option("--execute", help="link; without it only look")] = False,
) -> None:
    """Link what a CSV file says. A file with a line at fault changes nothing (exit 2)."""

    async def act(backend: Backend) -> tuple[int, int | None]:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            links = read_links(lines)
        if not execute:
            return len(links), None
        made = await link_products(
            backend.submission(), await named_shop(backend, shop), links, linked_by="import"
        )
        return len(links), made

    links, made = on_backend(context, act)
    if made is None:
        typer.echo(f"{links} links in the file; nothing changed yet: add --execute")
    else:
        typer.echo(f"{made} of {links} links are new; orders that waited for them go on")
