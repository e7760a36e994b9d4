"""``ordersync products suggest``: both catalogues compared, links proposed."""

from collections.abc import Sequence
from typing import Annotated

import typer

from commandline.output import Format, Output, print_json, print_note, print_table
from commandline.running import run
from console.backend import Backend
from console.cli.options import AnyShopOption, named_shop
from console.cli.platform_opening import platform_opener
from console.products.actions import link_products
from console.products.catalogues import suggestions
from console.products.suggestions import Suggestion
from tiktok.errors import TikTokError

app = typer.Typer()


@app.command("suggest")
def suggest(
    context: typer.Context,
    shop: AnyShopOption = None,
    execute: Annotated[bool, typer.Option("--execute", help="link what is proposed")] = False,
    output: Output = Format.TABLE,
) -> None:
    """Compare both catalogues and propose links by SKU, external id, barcode; never a guess."""
    opener = platform_opener(context)

    async def act() -> tuple[Sequence[Suggestion], int | None]:
        async with opener.backend() as backend:
            shop_id = await named_shop(backend, shop)
            async with opener.catalogues() as (products, shopify):
                found = await suggestions(backend.store, products, shopify, shop_id)
            return found, await _accept(backend, shop_id, found) if execute else None

    found, made = run(act, explained=(TikTokError,))
    if output is Format.JSON:
        print_json({"suggestions": [_json(suggestion) for suggestion in found], "linked": made})
    else:
        print_table(
            ("SKU ID", "SELLER SKU", "PRODUCT", "FOUND", "BY", "VARIANTS"), map(_cells, found)
        )
    if made is None:
        print_note("nothing changed yet: --execute links what is proposed")
    else:
        print_note(f"{made} SKUs linked; orders that waited for them go on")


async def _accept(backend: Backend, shop_id: str, found: Sequence[Suggestion]) -> int:
    """Link what is proposed: by the same SKU, or by the person who accepts it."""
    submission = backend.submission()
    proposed = [suggestion for suggestion in found if suggestion.found == "proposed"]
    same_sku = {
        suggestion.sku.sku_id: str(suggestion.variant_id)
        for suggestion in proposed
        if suggestion.by == "seller_sku"
    }
    others = {
        suggestion.sku.sku_id: str(suggestion.variant_id)
        for suggestion in proposed
        if suggestion.by != "seller_sku"
    }
    made = await link_products(submission, shop_id, same_sku, linked_by="same_sku")
    return made + await link_products(submission, shop_id, others)


def _json(suggestion: Suggestion) -> dict[str, object]:
    return {
        "sku_id": suggestion.sku.sku_id,
        "seller_sku": suggestion.sku.seller_sku,
        "product_name": suggestion.sku.product_name,
        "found": suggestion.found,
        "by": suggestion.by or None,
        "variants": [
            {"id": variant.id, "sku": variant.sku, "title": variant.title}
            for variant in suggestion.candidates
        ],
    }


def _cells(suggestion: Suggestion) -> tuple[str, ...]:
    numbers = ", ".join(variant.id.rpartition("/")[2] for variant in suggestion.candidates)
    return (
        suggestion.sku.sku_id,
        suggestion.sku.seller_sku,
        suggestion.sku.product_name,
        suggestion.found,
        suggestion.by.replace("_", " "),
        numbers,
    )
