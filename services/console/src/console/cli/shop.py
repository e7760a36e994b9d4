"""``ordersync shop``: TikTok shops and the Shopify stores their orders go to."""

import os
import sys
from datetime import datetime
from typing import Annotated, Final

import typer

from console import actions, queries
from console.adoption import request_adoption, wait_for_result
from console.cli import fetching
from console.cli.connecting import ConnectingPlace, connecting_place
from console.cli.output import Format, Output, Shop, moment, print_json, print_table
from console.cli.running import FAILED, REFUSED, USAGE, at_desk, running, say
from console.connect import GrantConnected, connect_grant
from console.desk import Desk, new_id
from console.fetching import complete_until
from console.store_connection import StoreConnected, connect_store, waive_adoption
from contracts.events import AdoptionFinished
from contracts.reasons import CATALOGUE
from lifecycle.shop import Shop as ShopState
from shopify.stores import store_domain
from tiktok.errors import TikTokError
from tiktok.tokens import authorize_url
from vault.keys import VaultProblem


def _domain(text: str) -> str:
    try:
        return store_domain(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


_SAID: Final = (TikTokError, VaultProblem)
_TITLES: Final = "SHOP,NAME,REGION,STATE,STORE,ORDERS SINCE,COMPLETE UP TO,AUTOMATIC SYNC"
app = typer.Typer(help="Shops: list, connect, disconnect.", no_args_is_help=True)
app.add_typer(fetching.app, name="webhooks", no_args_is_help=True)
app.command("backfill")(fetching.backfill)


@app.command("ls")
def ls(context: typer.Context, output: Output = Format.TABLE) -> None:
    """List every shop that was ever connected."""

    async def look(desk: Desk) -> list[tuple[ShopState, datetime | None]]:
        shops = await queries.shops(desk.store)
        complete = await complete_until(desk.store, shops)
        return [(shop, complete[shop.shop_id]) for shop in shops]

    found = at_desk(context, look)
    if output is Format.JSON:
        print_json({"shops": [_shop_json(*one) for one in found]})
    else:
        print_table(_TITLES.split(","), (_shop_cells(*one) for one in found))


@app.command("connect")
def connect(
    context: typer.Context,
    code: Annotated[
        str | None, typer.Option(help="the code TikTok sent the browser back with")
    ] = None,
) -> None:
    """Connect a seller's shops; without --code, print where the seller authorises ordersync."""
    if code is None:
        _print_authorize_url(context)
        return

    async def act() -> GrantConnected:
        place = connecting_place(context)
        async with place.desk() as desk, place.vault() as vault, place.seller() as seller:
            return await connect_grant(
                desk.store, vault, seller, code, request=desk.request(), clock=desk.clock
            )

    connected = running(act, said=_SAID)
    for shop_id in connected.shop_ids:
        typer.echo(f"{shop_id} connected")
    for refused in connected.refused:
        say(f"{refused.shop_id} ({refused.region}) refused: {CATALOGUE[refused.reason_code].what}")
    if not connected.shop_ids:
        raise typer.Exit(REFUSED)


@app.command("connect-shopify")
def connect_shopify(
    context: typer.Context,
    shop: Shop,
    domain: Annotated[str, typer.Option(help="NAME.myshopify.com", callback=_domain)],
    token_env: Annotated[
        str | None,
        typer.Option(metavar="VAR", help="variable that holds the token; without it: stdin"),
    ] = None,
) -> None:
    """Connect a Shopify store to a shop. The access token is never an argument."""
    token = _token(token_env)

    place = connecting_place(context)
    connected = running(lambda: _connect_store(place, shop, domain, token), said=_SAID)
    typer.echo(f"{connected.shop_id} now goes to {connected.store}")
    say("nothing is created there before its orders are scanned (`ordersync shop adopt`)")


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


async def _connect_store(
    place: ConnectingPlace, shop: str, domain: str, token: str
) -> StoreConnected:
    async with (
        place.desk() as desk,
        place.vault() as vault,
        place.store_probe(domain, token) as shopify,
    ):
        return await connect_store(
            desk.store,
            vault,
            shopify,
            shop,
            domain,
            token,
            request=desk.request(),
            clock=desk.clock,
        )


def _print_authorize_url(context: typer.Context) -> None:
    async def find() -> tuple[str, str]:
        return connecting_place(context).authorize_at()

    service_id, base_url = running(find)
    if not service_id:
        say("TIKTOK_SERVICE_ID is missing: the app's service id in Partner Center")
        raise typer.Exit(USAGE)
    typer.echo(authorize_url(service_id, new_id(), base_url=base_url))
    say("let the seller open it, then: ordersync shop connect --code CODE (valid for 30 minutes)")


def _token(variable: str | None) -> str:
    if variable is None:
        if sys.stdin.isatty():
            say("the store's access token, then Enter:")
        token = sys.stdin.readline().strip()
    else:
        token = os.environ.get(variable, "").strip()
    if not token:
        where = f"variable {variable}" if variable else "stdin"
        say(f"no access token: {where} is empty")
        raise typer.Exit(USAGE)
    return token


def _shop_json(shop: ShopState, complete: datetime | None) -> dict[str, object]:
    return {
        "shop_id": shop.shop_id,
        "name": shop.name,
        "region": shop.region,
        "connected": shop.is_connected,
        "store": shop.store,
        "may_create": shop.may_create,
        "paused": dict(shop.paused),
        "window_begins_at": shop.window_begins_at.isoformat() if shop.window_begins_at else None,
        "complete_until": complete.isoformat() if complete else None,
        "automatic_sync": shop.settings.automatic_sync,
    }


def _shop_cells(shop: ShopState, complete: datetime | None) -> tuple[str, ...]:
    return (
        shop.shop_id,
        shop.name,
        shop.region,
        state(shop),
        shop.store or "none",
        moment(shop.window_begins_at),
        moment(complete) or "not proven yet",
        "on" if shop.settings.automatic_sync else "off",
    )


def state(shop: ShopState) -> str:
    """In a few words: whether the shop works, and what it waits for."""
    if not shop.is_connected:
        return "disconnected"
    if shop.paused:
        return "; ".join(f"{side} paused: {CATALOGUE[code].title}" for side, code in shop.paused)
    if shop.store is None:
        return "connected, no Shopify store"
    return "connected" if shop.may_create else "connected, store not scanned"
