"""``ordersync shop connect-shopify``: four ways to a store's token, then the store is connected."""

import os
import sys
from collections.abc import Awaitable, Callable
from typing import Annotated, Final

import typer

from console import store_installation
from console.access import NoShopifyApp
from console.cli.connecting import ConnectingPlace, connecting_place
from console.cli.output import Shop
from console.cli.running import USAGE, running, say
from console.cli.seller import is_terminal
from console.store_connection import StoreConnected, connect_store
from console.store_webhooks import subscribe
from shopify.oauth import StoreToken, TokenDelayed, TokenRefused
from shopify.stores import store_domain
from vault.keys import VaultProblem

_SAID: Final = (VaultProblem, NoShopifyApp, TokenRefused, TokenDelayed)
Obtain = Callable[[], Awaitable[str | StoreToken]]


def _domain(text: str) -> str:
    try:
        return store_domain(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _stdin_only(callback: str | None) -> str | None:
    if callback not in {None, "-"}:
        raise typer.BadParameter("the address holds a code: give - and the address on stdin")
    return callback


def connect_shopify(
    context: typer.Context,
    shop: Shop,
    domain: Annotated[str, typer.Option(help="NAME.myshopify.com", callback=_domain)],
    token_env: Annotated[
        str | None,
        typer.Option(metavar="VAR", help="variable that holds the token; without it: stdin"),
    ] = None,
    authorize: Annotated[
        bool, typer.Option("--authorize", help="say where to install the app in the store")
    ] = False,
    callback: Annotated[
        str | None,
        typer.Option(
            metavar="-",
            help="read the whole address that the browser ended at from stdin",
            callback=_stdin_only,
        ),
    ] = None,
    by_session: Annotated[
        bool, typer.Option("--session-token", help="the token is a session token of our app")
    ] = False,
    by_credentials: Annotated[
        bool,
        typer.Option("--client-credentials", help="a store of our own: the app asks for a token"),
    ] = False,
) -> None:
    """Connect a Shopify store to a shop. Tokens and codes are never arguments."""
    _one_way(authorize, callback is not None, by_session, by_credentials)
    place = connecting_place(context)
    if authorize and not _sent_off(place, shop, domain):
        return
    if authorize or callback:
        obtain = _by_return(place, shop, domain, sys.stdin.readline())
    elif by_credentials:
        obtain = _by_credentials(place, domain)
    else:
        obtain = _by_token(place, domain, _token(token_env), is_session=by_session)
    connected = running(lambda: _connect(place, shop, domain, obtain), said=_SAID)
    typer.echo(f"{connected.shop_id} now goes to {connected.store}")
    say("nothing is created there before its orders are scanned (`ordersync shop adopt`)")


def _one_way(*chosen: bool) -> None:
    if sum(chosen) > 1:
        say("choose one of --authorize, --callback, --session-token, --client-credentials")
        raise typer.Exit(USAGE)


def _sent_off(place: ConnectingPlace, shop: str, domain: str) -> bool:
    """Whether the address that the person returns with is read at once."""

    async def begin() -> str:
        installation = place.installation()
        async with place.desk() as desk, place.authorizations() as begun:
            return await store_installation.begin_installation(
                desk.store,
                begun,
                installation,
                shop,
                domain,
                who=desk.who,
                clock=desk.clock,
                new_state=desk.new_id,
            )

    typer.echo(running(begin, said=_SAID))
    say("let a person who may install apps in the store open it and agree")
    if is_terminal():
        say("paste the whole address that the browser ends at, then Enter:")
        return True
    say("then, within 30 minutes, the same command with `--callback -` instead of --authorize")
    return False


def _by_return(place: ConnectingPlace, shop: str, domain: str, address: str) -> Obtain:
    async def obtain() -> StoreToken:
        installation = place.installation()
        async with (
            place.desk() as desk,
            place.authorizations() as begun,
            place.store_tokens() as tokens,
        ):
            return await store_installation.finish_installation(
                begun, installation, tokens, shop, domain, address, clock=desk.clock
            )

    return obtain


def _by_credentials(place: ConnectingPlace, domain: str) -> Obtain:
    async def obtain() -> StoreToken:
        async with place.store_tokens() as tokens:
            return await tokens.by_credentials(domain)

    return obtain


def _by_token(place: ConnectingPlace, domain: str, token: str, *, is_session: bool) -> Obtain:
    async def obtain() -> str | StoreToken:
        if not is_session:
            return token
        async with place.store_tokens() as tokens:
            return await store_installation.by_session(tokens, domain, token)

    return obtain


async def _connect(
    place: ConnectingPlace, shop: str, domain: str, obtain: Obtain
) -> StoreConnected:
    token = await obtain()
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
            say("the token, then Enter:")
        token = sys.stdin.readline().strip()
    else:
        token = os.environ.get(variable, "").strip()
    if not token:
        where = f"variable {variable}" if variable else "stdin"
        say(f"no token: {where} is empty")
        raise typer.Exit(USAGE)
    return token
