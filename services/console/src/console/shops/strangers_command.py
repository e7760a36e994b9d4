"""``ordersync shop strangers``: orders in Shopify with our id that no event tells of."""

import typer

from commandline.output import Format, Output, moment, print_json, print_note, print_table
from console.backend import Backend
from console.cli.opening import on_backend
from console.cli.options import AnyShopOption
from console.shops.strangers import Strangers, strangers

_TITLES = ("SHOP", "STORE", "SHOPIFY ORDER", "FOUND")


def ls(context: typer.Context, shop: AnyShopOption = None, output: Output = Format.TABLE) -> None:
    """List orders in Shopify with our id that no event tells of, of the past week."""

    async def look(backend: Backend) -> list[Strangers]:
        found = await strangers(backend.store, await backend.shops.all(), backend.clock())
        return [one for one in found.values() if shop in {None, one.shop_id}]

    found = on_backend(context, look)
    if output is Format.JSON:
        print_json({"strangers": [_json(one, gid) for one in found for gid in one.gids]})
        return
    print_table(
        _TITLES,
        ((one.shop_id, one.store, gid, moment(one.found_at)) for one in found for gid in one.gids),
    )
    for one in found:
        print_note(
            f"`ordersync shop adopt --shop {one.shop_id}` scans {one.store} and records those that "
            "stand for a TikTok order; nothing is deleted"
        )


def hint(found: Strangers) -> str:
    """One sentence: how many, and where they are listed."""
    return (
        f"{found.shop_id}: {len(found.gids)} in {found.store} with our id that no event tells of: "
        f"`ordersync shop strangers --shop {found.shop_id}`"
    )


def _json(one: Strangers, gid: str) -> dict[str, str]:
    return {
        "shop_id": one.shop_id,
        "store": one.store,
        "shopify_order_id": gid,
        "found_at": one.found_at.isoformat(),
    }
