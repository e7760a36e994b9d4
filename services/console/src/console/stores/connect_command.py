"""``ordersync shop connect-shopify``: four ways to a store's token, then the store is connected."""

import os
import sys
from collections.abc import Awaitable, Callable
from typing import Annotated

import typer

from commandline.output import print_note
from commandline.running import USAGE, run
from console.cli.options import ShopOption
from console.cli.platform_opening import PlatformOpener, platform_opener
from console.shops.connect_command import is_terminal
from console.stores import installing
from console.stores.connecting import StoreConnected, connect_store
from shopify.calls import Calls
from shopify.oauth import StoreToken
from shopify.stores import store_domain
from shopify.subscriptions import NotSubscribed, ensure

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
    shop: ShopOption,
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
    opener = platform_opener(context)
    if authorize and not _sent_off(opener, shop, domain):
        return
    if authorize or callback:
        obtain = _by_return(opener, shop, domain, sys.stdin.readline())
    elif by_credentials:
        obtain = _by_credentials(opener, domain)
    else:
        obtain = _by_token(opener, domain, _token(token_env), is_session=by_session)
    connected = run(lambda: _connect(opener, shop, domain, obtain))
    typer.echo(f"{connected.shop_id} now goes to {connected.store}")
    print_note("nothing is created there before its orders are scanned (`ordersync shop adopt`)")


def _one_way(*chosen: bool) -> None:
    if sum(chosen) > 1:
        print_note("choose one of --authorize, --callback, --session-token, --client-credentials")
        raise typer.Exit(USAGE)


def _sent_off(opener: PlatformOpener, shop: str, domain: str) -> bool:
    """Whether the address that the person returns with is read at once."""

    async def begin() -> str:
        installation = opener.installation()
        async with opener.backend() as backend, opener.authorizations() as begun:
            return await installing.begin_installation(backend, begun, installation, shop, domain)

    typer.echo(run(begin))
    print_note("let a person who may install apps in the store open it and agree")
    if is_terminal():
        print_note("paste the whole address that the browser ends at, then Enter:")
        return True
    print_note(
        "then, within 30 minutes, the same command with `--callback -` instead of --authorize"
    )
    return False


def _by_return(opener: PlatformOpener, shop: str, domain: str, address: str) -> Obtain:
    async def obtain() -> StoreToken:
        installation = opener.installation()
        async with (
            opener.backend() as backend,
            opener.authorizations() as begun,
            opener.store_tokens() as tokens,
        ):
            return await installing.finish_installation(
                begun, installation, tokens, shop, domain, address, clock=backend.clock
            )

    return obtain


def _by_credentials(opener: PlatformOpener, domain: str) -> Obtain:
    async def obtain() -> StoreToken:
        async with opener.backend() as backend, opener.store_tokens() as tokens:
            return await tokens.by_credentials(domain, backend.clock())

    return obtain


def _by_token(opener: PlatformOpener, domain: str, token: str, *, is_session: bool) -> Obtain:
    async def obtain() -> str | StoreToken:
        if not is_session:
            return token
        async with opener.store_tokens() as tokens:
            return await installing.by_session(tokens, domain, token)

    return obtain


async def _connect(
    opener: PlatformOpener, shop: str, domain: str, obtain: Obtain
) -> StoreConnected:
    token = await obtain()
    async with (
        opener.backend() as backend,
        opener.vault() as vault,
        opener.store_probe(domain, _text(token)) as shopify,
    ):
        connected = await connect_store(backend.submission(), vault, shopify, shop, domain, token)
        url = opener.shopify_webhook_url()
        await _subscribe(shopify, connected.store, url)
    return connected


async def _subscribe(shopify: Calls, domain: str, url: str) -> None:
    """The store is connected either way: the shopify-writer subscribes it again every hour."""
    if not url:
        return
    try:
        await ensure(shopify, domain, url)
    except NotSubscribed as problem:
        print_note(f"{problem}; tried again every hour")


def _text(token: str | StoreToken) -> str:
    return token.access_token if isinstance(token, StoreToken) else token


def _token(variable: str | None) -> str:
    if variable is None:
        if sys.stdin.isatty():
            print_note("the token, then Enter:")
        token = sys.stdin.readline().strip()
    else:
        token = os.environ.get(variable, "").strip()
    if not token:
        where = f"variable {variable}" if variable else "stdin"
        print_note(f"no token: {where} is empty")
        raise typer.Exit(USAGE)
    return token
