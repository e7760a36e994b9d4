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
        return [in_store for in_store in found.values() if shop in {None, in_store.shop_id}]

    found = on_backend(context, look)
    if output is Format.JSON:
        listed = [_json(in_store, gid) for in_store in found for gid in in_store.gids]
        print_json({"strangers": listed})
        return
    print_table(_TITLES, (_cells(in_store, gid) for in_store in found for gid in in_store.gids))
    for in_store in found:
        print_note(
            f"`ordersync shop adopt --shop {in_store.shop_id}` scans {in_store.store} and records "
            "those that stand for a TikTok order; nothing is deleted"
        )


def hint(found: Strangers) -> str:
    """One sentence: how many, and where they are listed."""
    return (
        f"{found.shop_id}: {len(found.gids)} in {found.store} with our id that no event tells of: "
        f"`ordersync shop strangers --shop {found.shop_id}`"
    )


def _cells(in_store: Strangers, gid: str) -> tuple[str, ...]:
    return in_store.shop_id, in_store.store, gid, moment(in_store.found_at)


def _json(in_store: Strangers, gid: str) -> dict[str, str]:
    return {
        "shop_id": in_store.shop_id,
        "store": in_store.store,
        "shopify_order_id": gid,
        "found_at": in_store.found_at.isoformat(),
    }
