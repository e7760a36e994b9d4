"""``ordersync products``: which Shopify variant a TikTok SKU is."""

from typing import Annotated

import typer

from commandline.output import Format, Output, moment, print_json, print_table
from commandline.running import run
from console import projection
from console.backend import Backend
from console.cli.opening import on_backend
from console.cli.options import AnyShopOption, named_shop
from console.cli.platform_opening import platform_opener
from console.products import file_commands, suggestion_commands
from console.products.actions import link_product, unlink_product
from console.products.file_commands import UncheckedOption, check_with
from console.rows import Sku
from ordersync_contracts.events import ProductLinked

app = typer.Typer(help="Links from TikTok SKUs to Shopify variants.", no_args_is_help=True)
SkuId = Annotated[str, typer.Argument(metavar="SKU_ID", help="TikTok SKU id")]


app.add_typer(file_commands.app)
app.add_typer(suggestion_commands.app)


@app.command("link")
def link(
    context: typer.Context,
    sku_id: SkuId,
    variant_id: Annotated[
        str, typer.Argument(metavar="VARIANT_ID", help="Shopify variant: number or gid")
    ],
    shop: AnyShopOption = None,
    unchecked: UncheckedOption = False,
) -> None:
    """Link a TikTok SKU to a Shopify variant, both of which must be there; orders that waited for
    it go on."""
    opener = platform_opener(context)

    async def act() -> ProductLinked:
        async with opener.backend() as backend:
            shop_id = await named_shop(backend, shop)
            if not unchecked:
                await check_with(opener, backend, shop_id, {sku_id: variant_id})
            return await link_product(backend.submission(), shop_id, sku_id, variant_id)

    linked = run(act)
    typer.echo(f"{linked.sku_id} is {linked.variant_id} in {linked.store}")


@app.command("unlink")
def unlink(context: typer.Context, sku_id: SkuId, shop: AnyShopOption = None) -> None:
    """Remove a link; orders with this SKU wait for another one."""

    async def act(backend: Backend) -> None:
        await unlink_product(backend.submission(), await named_shop(backend, shop), sku_id)

    on_backend(context, act)
    typer.echo(f"{sku_id} is not linked any more")


@app.command("ls")
def ls(context: typer.Context, shop: AnyShopOption = None, output: Output = Format.TABLE) -> None:
    """List SKUs: those without a link first, with the number of orders that wait."""

    async def read(backend: Backend) -> tuple[Sku, ...]:
        await projection.catch_up(backend.store, backend.rows)
        return await backend.rows.skus(shop)

    skus = on_backend(context, read)
    if output is Format.JSON:
        print_json({"skus": [_sku_json(sku) for sku in skus]})
    else:
        columns = ("SKU ID", "SHOP", "SELLER SKU", "PRODUCT", "VARIANT", "LINKED BY", "WAITING")
        print_table((*columns, "SHIP BY"), map(_sku_cells, skus))


def _sku_json(sku: Sku) -> dict[str, object]:
    return {
        "sku_id": sku.sku_id,
        "shop_id": sku.shop_id,
        "seller_sku": sku.seller_sku,
        "product_name": sku.product_name,
        "sku_name": sku.sku_name,
        "variant_id": sku.variant_id,
        "store": sku.store or None,
        "linked_by": sku.linked_by or None,
        "waiting_orders": sku.waiting,
        "ship_by": sku.ship_by.isoformat() if sku.ship_by else None,
    }


def _sku_cells(sku: Sku) -> tuple[str, ...]:
    name = f"{sku.product_name} ({sku.sku_name})" if sku.sku_name else sku.product_name
    variant = (sku.variant_id or "").rpartition("/")[2] or "not linked"
    return (
        sku.sku_id,
        sku.shop_id,
        sku.seller_sku,
        name,
        variant,
        sku.linked_by,
        str(sku.waiting),
        moment(sku.ship_by),
    )
