"""``ordersync products suggest``: both catalogues compared, links proposed."""

from collections.abc import Sequence
from typing import Annotated

import typer

from console import actions
from console.catalogues import suggestions
from console.cli.connecting import connecting_place
from console.cli.named_shop import named_shop
from console.cli.output import Format, MaybeShop, Output, print_json, print_table
from console.cli.running import running, say
from console.desk import Desk
from console.suggestions import Suggestion
from tiktok.errors import TikTokError

app = typer.Typer()


@app.command("suggest")
def suggest(
    context: typer.Context,
    shop: MaybeShop = None,
    execute: Annotated[bool, typer.Option("--execute", help="link what is proposed")] = False,
    output: Output = Format.TABLE,
) -> None:
    """Compare both catalogues and propose links by SKU, external id, barcode; never a guess."""
    place = connecting_place(context)

    async def act() -> tuple[Sequence[Suggestion], int | None]:
        async with place.desk() as desk:
            shop_id = await named_shop(desk, shop)
            async with place.catalogues() as (products, shopify):
                found = await suggestions(desk.store, products, shopify, shop_id)
            return found, await _accept(desk, shop_id, found) if execute else None

    found, made = running(act, said=(TikTokError,))
    if output is Format.JSON:
        print_json({"suggestions": [_json(one) for one in found], "linked": made})
    else:
        print_table(
            ("SKU ID", "SELLER SKU", "PRODUCT", "FOUND", "BY", "VARIANTS"), map(_cells, found)
        )
    if made is None:
        say("nothing changed yet: --execute links what is proposed")
    else:
        say(f"{made} SKUs linked; orders that waited for them go on")


async def _accept(desk: Desk, shop_id: str, found: Sequence[Suggestion]) -> int:
    """Link what is proposed: by the same SKU, or by the person who accepts it."""
    request = desk.request()
    proposed = [one for one in found if one.found == "proposed"]
    same_sku = {one.sku.sku_id: str(one.variant_id) for one in proposed if one.by == "seller_sku"}
    others = {one.sku.sku_id: str(one.variant_id) for one in proposed if one.by != "seller_sku"}
    made = await actions.link_products(
        desk.store, shop_id, same_sku, request, clock=desk.clock, linked_by="same_sku"
    )
    return made + await actions.link_products(
        desk.store, shop_id, others, request, clock=desk.clock
    )


def _json(one: Suggestion) -> dict[str, object]:
    return {
        "sku_id": one.sku.sku_id,
        "seller_sku": one.sku.seller_sku,
        "product_name": one.sku.product_name,
        "found": one.found,
        "by": one.by or None,
        "variants": [
            {"id": variant.id, "sku": variant.sku, "title": variant.title}
            for variant in one.candidates
        ],
    }


def _cells(one: Suggestion) -> tuple[str, ...]:
    numbers = ", ".join(variant.id.rpartition("/")[2] for variant in one.candidates)
    return (
        one.sku.sku_id,
        one.sku.seller_sku,
        one.sku.product_name,
        one.found,
        one.by.replace("_", " "),
        numbers,
    )
