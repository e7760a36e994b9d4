"""``ordersync shop connect``: a seller authorises ordersync at TikTok, and comes back."""

import sys
from typing import Annotated

import typer

from commandline.output import print_note
from commandline.running import REFUSED, USAGE, run
from console import authorizations
from console.authorizations import read_callback
from console.cli.platform_opening import PlatformOpener, platform_opener
from console.shops.connecting import GrantConnected, connect_grant
from ordersync_contracts.reasons import told
from tiktok.errors import TikTokError
from tiktok.tokens import authorize_url


def connect(
    context: typer.Context,
    callback: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="the whole address that the browser ended at; - reads it from stdin",
        ),
    ] = None,
) -> None:
    """Connect a seller's shops; without --callback, say where the seller authorises ordersync."""
    opener = platform_opener(context)
    if callback is None:
        _send_off(opener)
        if not is_terminal():
            print_note("then: ordersync shop connect --callback ADDRESS, within 30 minutes")
            return
        print_note("paste the whole address that the browser ends at, then Enter:")
    if callback in {None, "-"}:
        callback = sys.stdin.readline()
    _connected(run(lambda: _connect(opener, callback or ""), explained=(TikTokError,)))


def is_terminal() -> bool:
    """Whether somebody can be asked to paste the address."""
    return sys.stdin.isatty()


async def _connect(opener: PlatformOpener, address: str) -> GrantConnected:
    returned = read_callback(address)
    async with (
        opener.backend() as backend,
        opener.authorizations() as begun,
        opener.vault() as vault,
        opener.seller() as seller,
    ):
        code = await authorizations.finish(begun, returned, backend.clock)
        return await connect_grant(backend.submission(), vault, seller, code)


def _connected(grant: GrantConnected) -> None:
    for shop_id in grant.shop_ids:
        typer.echo(f"{shop_id} connected")
    for refused in grant.refused:
        print_note(
            f"{refused.shop_id} ({refused.region}) refused: {told(refused.reason_code).what}"
        )
    for shop_id in grant.unread:
        print_note(
            f"{shop_id} not connected: what is known of it cannot be read by this version: update "
            "ordersync, then connect again"
        )
    if not grant.shop_ids:
        if not grant.refused and not grant.unread:
            print_note("the authorisation covers no shop: let the seller's main account authorise")
        raise typer.Exit(REFUSED)


def _send_off(opener: PlatformOpener) -> None:
    async def begin() -> str:
        service_id, base_url = opener.authorize_at()
        if not service_id:
            return ""
        async with opener.backend() as backend, opener.authorizations() as begun:
            state = await authorizations.begin(begun, backend.who, backend.clock, backend.new_id)
        return authorize_url(service_id, state, base_url=base_url)

    address = run(begin)
    if not address:
        print_note("TIKTOK_SERVICE_ID is missing: the app's service id in Partner Center")
        raise typer.Exit(USAGE)
    typer.echo(address)
    print_note("let the seller's main account open it and agree")
