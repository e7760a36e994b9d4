"""``ordersync shop``: TikTok shops and the Shopify stores their orders go to."""

import os
import sys
from typing import Annotated, Final

import typer

from console import actions, projection, queries
from console.access import NoShopifyApp
from console.adoption import request_adoption, wait_for_result
from console.cli import fetching, seller
from console.cli.connecting import ConnectingPlace, connecting_place
from console.cli.output import Format, Output, Shop, moment, print_json, print_table
from console.cli.running import FAILED, USAGE, at_desk, running, say
from console.desk import Desk
from console.fetching import complete_until, reads_history
from console.rows import ShopFetched
from console.store_connection import StoreConnected, connect_store, waive_adoption
from console.store_webhooks import subscribe
from contracts.events import AdoptionFinished
from contracts.reasons import CATALOGUE
from lifecycle.shop import Shop as ShopState
from shopify.oauth import StoreToken, TokenDelayed, TokenRefused
from shopify.stores import store_domain
from tiktok.errors import TikTokError
from vault.keys import VaultProblem


def _domain(text: str) -> str:
    try:
        return store_domain(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


_SAID: Final = (TikTokError, VaultProblem, NoShopifyApp, TokenRefused, TokenDelayed)
_TITLES: Final = "SHOP,NAME,REGION,STATE,STORE,ORDERS SINCE,COMPLETE UP TO,AUTOMATIC SYNC"
app = typer.Typer(help="Shops: list, connect, disconnect.", no_args_is_help=True)
app.add_typer(fetching.app, name="webhooks", no_args_is_help=True)
app.command("connect")(seller.connect)
app.command("backfill")(fetching.backfill)


@app.command("ls")
def ls(context: typer.Context, output: Output = Format.TABLE) -> None:
    """List every shop that was ever connected."""

    async def look(desk: Desk) -> list[tuple[ShopState, ShopFetched | None]]:
        await projection.catch_up(desk.store, desk.rows)
        fetched = await desk.rows.fetched()
        return [(shop, fetched.get(shop.shop_id)) for shop in await queries.shops(desk.store)]

    found = at_desk(context, look)
    if output is Format.JSON:
        print_json({"shops": [_shop_json(*one) for one in found]})
    else:
        print_table(_TITLES.split(","), (_shop_cells(*one) for one in found))


@app.command("connect-shopify")
def connect_shopify(
    context: typer.Context,
    shop: Shop,
    domain: Annotated[str, typer.Option(help="NAME.myshopify.com", callback=_domain)],
    token_env: Annotated[
        str | None,
        typer.Option(metavar="VAR", help="variable that holds the token; without it: stdin"),
    ] = None,
    by_credentials: Annotated[
        bool,
        typer.Option("--client-credentials", help="a store of our own: the app asks for a token"),
    ] = False,
) -> None:
    """Connect a Shopify store to a shop. The access token is never an argument."""
    place = connecting_place(context)
    if by_credentials:
        token: str | StoreToken = running(lambda: _by_credentials(place, domain), said=_SAID)
    else:
        token = _token(token_env)
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


async def _by_credentials(place: ConnectingPlace, domain: str) -> StoreToken:
    async with place.store_tokens() as tokens:
        return await tokens.by_credentials(domain)


async def _connect_store(
    place: ConnectingPlace, shop: str, domain: str, token: str | StoreToken
) -> StoreConnected:
    async with (
        place.desk() as desk,
        place.vault() as vault,
        place.store_probe(domain, _text(token)) as shopify,
    ):
        connected = await connect_store(
            desk.store,
            vault,
            shopify,
            shop,
            domain,
            token,
            request=desk.request(),
            clock=desk.clock,
        )
        url = place.shopify_webhook_url()
        left = await subscribe(shopify, connected.store, url) if url else ()
    if left:
        say(f"webhooks there already, or refused by Shopify: {', '.join(left)}")
    return connected


def _text(token: str | StoreToken) -> str:
    return token.access_token if isinstance(token, StoreToken) else token


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


def _shop_json(shop: ShopState, fetched: ShopFetched | None) -> dict[str, object]:
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
    }


def _shop_cells(shop: ShopState, fetched: ShopFetched | None) -> tuple[str, ...]:
    return (
        shop.shop_id,
        shop.name,
        shop.region,
        state(shop),
        shop.store or "none",
        moment(shop.window_begins_at),
        _completeness(shop, fetched),
        "on" if shop.settings.automatic_sync else "off",
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
