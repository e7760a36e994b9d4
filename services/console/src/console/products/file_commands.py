"""``ordersync products export|import``: links as a CSV file."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from commandline.output import print_note
from commandline.running import run
from console import projection
from console.backend import Backend
from console.cli.opening import on_backend
from console.cli.options import AnyShopOption, named_shop
from console.cli.platform_opening import PlatformOpener, platform_opener
from console.products.actions import link_products
from console.products.checking import check_links
from console.products.link_files import read_links, write_links
from console.rows import Sku

app = typer.Typer()
UncheckedOption = Annotated[
    bool,
    typer.Option(
        "--unchecked", help="link without asking TikTok and Shopify whether both are there"
    ),
]


async def check_with(
    opener: PlatformOpener, backend: Backend, shop_id: str, links: Mapping[str, str]
) -> None:
    """See ``checking.check_links``."""
    async with opener.catalogues() as (products, shopify):
        await check_links(backend, products, shopify, shop_id, links)


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
    unchecked: UncheckedOption = False,
) -> None:
    """Link what a CSV file says. A file with a line at fault changes nothing (exit 2)."""

    opener = platform_opener(context)

    async def act() -> tuple[int, int | None]:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            links = read_links(lines)
        if not execute:
            return len(links), None
        async with opener.backend() as backend:
            shop_id = await named_shop(backend, shop)
            if links and not unchecked:
                await check_with(opener, backend, shop_id, links)
            submission = backend.submission()
            return len(links), await link_products(submission, shop_id, links, linked_by="import")

    links, made = run(act)
    if made is None:
        typer.echo(f"{links} links in the file; nothing changed yet: add --execute")
    else:
        typer.echo(f"{made} of {links} links are new; orders that waited for them go on")
