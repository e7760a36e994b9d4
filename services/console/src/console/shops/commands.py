"""``ordersync shop``: TikTok shops and the Shopify stores their orders go to."""

from collections.abc import Sequence
from typing import Annotated, Final

import typer

from commandline.output import Format, Output, moment, print_json, print_note, print_table
from commandline.running import FAILED
from console import projection
from console.backend import Backend
from console.cli.opening import on_backend
from console.cli.options import ShopOption
from console.rows import ShopFetched
from console.shops import fetching_commands, strangers_command
from console.shops.actions import disconnect_shop
from console.shops.completeness import complete_until, reads_history
from console.shops.connect_command import connect
from console.shops.strangers import Strangers, strangers
from console.stores.adoption import request_adoption, wait_for_result, waive_adoption
from console.stores.connect_command import connect_shopify
from lifecycle.shop import Shop
from ordersync_contracts.events import AdoptionFinished
from ordersync_contracts.reasons import told

_TITLES: Final = "SHOP,NAME,REGION,STATE,STORE,ORDERS SINCE,COMPLETE UP TO,AUTOMATIC SYNC,STRANGERS"
_Listed = tuple[Shop, ShopFetched | None, Strangers | None]
app = typer.Typer(help="Shops: list, connect, disconnect.", no_args_is_help=True)
app.add_typer(fetching_commands.app, name="webhooks", no_args_is_help=True)
app.command("connect")(connect)
app.command("connect-shopify")(connect_shopify)
app.command("backfill")(fetching_commands.backfill)
app.command("strangers")(strangers_command.ls)


@app.command("ls")
def ls(context: typer.Context, output: Output = Format.TABLE) -> None:
    """List every shop that was ever connected."""

    async def look(backend: Backend) -> tuple[list[_Listed], Sequence[str]]:
        await projection.catch_up(backend.store, backend.rows)
        fetched = await backend.rows.fetched()
        shops = await backend.shops.all()
        odd = await strangers(backend.store, shops, backend.clock())
        found = [(shop, fetched.get(shop.shop_id), odd.get(shop.shop_id)) for shop in shops]
        return found, await backend.shops.unread()

    found, unread = on_backend(context, look)
    for shop_id in unread:
        print_note(f"{shop_id} cannot be read by this version: update ordersync")
    if output is Format.JSON:
        print_json({"shops": [_shop_json(*listed) for listed in found]})
        return
    print_table(_TITLES.split(","), (_shop_cells(*listed) for listed in found))
    for _, _, odd in found:
        if odd is not None:
            print_note(strangers_command.hint(odd))


@app.command("adopt")
def adopt(
    context: typer.Context,
    shop: ShopOption,
    waive: Annotated[bool, typer.Option("--waive", help="create without a scan")] = False,
    wait_s: Annotated[float, typer.Option("--wait", help="seconds to wait for its result")] = 120,
) -> None:
    """Scan the store (again) for orders another connector created; --waive does without."""
    if waive:
        store = on_backend(context, lambda backend: waive_adoption(backend.submission(), shop))
        typer.echo(f"orders of {shop} are now created in {store}")
        return

    async def ask(backend: Backend) -> AdoptionFinished | None:
        since = await request_adoption(backend.submission(), shop)
        print_note(f"the store of {shop} is scanned for orders that another connector created")
        return await wait_for_result(backend.store, shop, since, backend.clock, wait_s)

    _print_adoption(on_backend(context, ask))


@app.command("disconnect")
def disconnect(
    context: typer.Context,
    shop: ShopOption,
    reason: Annotated[str, typer.Option(help="why, for the record")] = "",
) -> None:
    """Stop a shop's work. Nothing is lost: it goes on when the shop is connected again."""

    async def act(backend: Backend) -> None:
        await disconnect_shop(backend.submission(), shop, reason=reason)

    on_backend(context, act)
    typer.echo(f"{shop} disconnected")


def _print_adoption(result: AdoptionFinished | None) -> None:
    if result is None:
        print_note(
            "the scan has not finished; it goes on, and `ordersync shop ls` shows when it is done"
        )
        raise typer.Exit(FAILED)
    if result.waived_by:
        typer.echo(f"the scan of {result.store} was waived by {result.waived_by}")
        return
    typer.echo(
        f"{result.store}: {result.orders_found} orders stand for TikTok orders, "
        f"{result.orders_recorded} of them recorded now, "
        f"{result.orders_kept} kept until they are fetched"
    )


def _shop_json(shop: Shop, fetched: ShopFetched | None, odd: Strangers | None) -> dict[str, object]:
    complete = complete_until(shop, fetched)
    read_back_to = fetched.read_back_to if fetched else None
    return {
        "shop_id": shop.shop_id,
        "name": shop.name,
        "region": shop.region,
        "connected": shop.is_connected,
        "store": shop.store,
        "may_create": shop.may_create,
        "paused": dict(shop.paused),
        "window_begins_at": shop.window_begins_at.isoformat() if shop.window_begins_at else None,
        "history_read_back_to": read_back_to.isoformat() if read_back_to else None,
        "complete_until": complete.isoformat() if complete else None,
        "automatic_sync": shop.settings.automatic_sync,
        "strangers": len(odd.gids) if odd else 0,
    }


def _shop_cells(shop: Shop, fetched: ShopFetched | None, odd: Strangers | None) -> tuple[str, ...]:
    return (
        shop.shop_id,
        shop.name,
        shop.region,
        state(shop),
        shop.store or "none",
        moment(shop.window_begins_at),
        _completeness(shop, fetched),
        "on" if shop.settings.automatic_sync else "off",
        str(len(odd.gids)) if odd else "",
    )


def _completeness(shop: Shop, fetched: ShopFetched | None) -> str:
    complete = moment(complete_until(shop, fetched))
    if complete or not reads_history(shop, fetched):
        return complete or "not proven yet"
    read = moment(fetched.read_back_to) if fetched else ""
    return f"history read back to {read}" if read else "history not read yet"


def state(shop: Shop) -> str:
    """In a few words: whether the shop works, and what it waits for."""
    if not shop.is_connected:
        return "disconnected"
    if shop.paused:
        return "; ".join(f"{side} paused: {told(code).title}" for side, code in shop.paused)
    if shop.store is None:
        return "connected, no Shopify store"
    return "connected" if shop.may_create else "connected, store not scanned"
