"""``ordersync shop``: TikTok shops and the Shopify stores their orders go to."""

from typing import Annotated, Final

import typer

from console import actions, projection, queries
from console.adoption import request_adoption, wait_for_result
from console.cli import fetching, seller, store, strangers
from console.cli.output import Format, Output, Shop, moment, print_json, print_table
from console.cli.running import FAILED, at_desk, say
from console.desk import Desk
from console.fetching import complete_until, reads_history
from console.rows import ShopFetched
from console.store_connection import waive_adoption
from console.strangers import Strangers
from console.strangers import strangers as found_strangers
from lifecycle.shop import Shop as ShopState
from ordersync_contracts.events import AdoptionFinished
from ordersync_contracts.reasons import CATALOGUE

_TITLES: Final = "SHOP,NAME,REGION,STATE,STORE,ORDERS SINCE,COMPLETE UP TO,AUTOMATIC SYNC,STRANGERS"
_Listed = tuple[ShopState, ShopFetched | None, Strangers | None]
app = typer.Typer(help="Shops: list, connect, disconnect.", no_args_is_help=True)
app.add_typer(fetching.app, name="webhooks", no_args_is_help=True)
app.command("connect")(seller.connect)
app.command("connect-shopify")(store.connect_shopify)
app.command("backfill")(fetching.backfill)
app.command("strangers")(strangers.ls)


@app.command("ls")
def ls(context: typer.Context, output: Output = Format.TABLE) -> None:
    """List every shop that was ever connected."""

    async def look(desk: Desk) -> list[_Listed]:
        await projection.catch_up(desk.store, desk.rows)
        fetched = await desk.rows.fetched()
        shops = await queries.shops(desk.store)
        odd = await found_strangers(desk.store, shops, desk.clock())
        return [(one, fetched.get(one.shop_id), odd.get(one.shop_id)) for one in shops]

    found = at_desk(context, look)
    if output is Format.JSON:
        print_json({"shops": [_shop_json(*one) for one in found]})
        return
    print_table(_TITLES.split(","), (_shop_cells(*one) for one in found))
    for _, _, odd in found:
        if odd is not None:
            say(strangers.hint(odd))


@app.command("adopt")
def adopt(
    context: typer.Context,
    shop: Shop,
    waive: Annotated[bool, typer.Option("--waive", help="create without a scan")] = False,
    wait_s: Annotated[float, typer.Option("--wait", help="seconds to wait for its result")] = 120,
) -> None:
    """Scan the store (again) for orders another connector created; --waive does without."""
    if waive:
        store = at_desk(
            context,
            lambda desk: waive_adoption(desk.store, shop, request=desk.request(), clock=desk.clock),
        )
        typer.echo(f"orders of {shop} are now created in {store}")
        return

    async def ask(desk: Desk) -> AdoptionFinished | None:
        since = await request_adoption(desk.store, shop, request=desk.request(), clock=desk.clock)
        say(f"the store of {shop} is scanned for orders that another connector created")
        return await wait_for_result(desk.store, shop, since, desk.clock, wait_s)

    _print_adoption(at_desk(context, ask))


@app.command("disconnect")
def disconnect(
    context: typer.Context,
    shop: Shop,
    reason: Annotated[str, typer.Option(help="why, for the record")] = "",
) -> None:
    """Stop a shop's work. Nothing is lost: it goes on when the shop is connected again."""

    async def act(desk: Desk) -> None:
        await actions.disconnect_shop(
            desk.store, shop, desk.request(), clock=desk.clock, reason=reason
        )

    at_desk(context, act)
    typer.echo(f"{shop} disconnected")


def _print_adoption(result: AdoptionFinished | None) -> None:
    if result is None:
        say("the scan has not finished; it goes on, and `ordersync shop ls` shows when it is done")
        raise typer.Exit(FAILED)
    if result.waived_by:
        typer.echo(f"the scan of {result.store} was waived by {result.waived_by}")
        return
    typer.echo(
        f"{result.store}: {result.orders_found} orders stand for TikTok orders, "
        f"{result.orders_recorded} of them recorded now, "
        f"{result.orders_kept} kept until they are fetched"
    )


def _shop_json(
    shop: ShopState, fetched: ShopFetched | None, odd: Strangers | None
) -> dict[str, object]:
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


def _shop_cells(
    shop: ShopState, fetched: ShopFetched | None, odd: Strangers | None
) -> tuple[str, ...]:
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


def _completeness(shop: ShopState, fetched: ShopFetched | None) -> str:
    complete = moment(complete_until(shop, fetched))
    if complete or not reads_history(shop, fetched):
        return complete or "not proven yet"
    read = moment(fetched.read_back_to) if fetched else ""
    return f"history read back to {read}" if read else "history not read yet"


def state(shop: ShopState) -> str:
    """In a few words: whether the shop works, and what it waits for."""
    if not shop.is_connected:
        return "disconnected"
    if shop.paused:
        return "; ".join(f"{side} paused: {CATALOGUE[code].title}" for side, code in shop.paused)
    if shop.store is None:
        return "connected, no Shopify store"
    return "connected" if shop.may_create else "connected, store not scanned"
