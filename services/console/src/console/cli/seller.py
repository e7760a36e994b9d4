"""``ordersync shop connect``: a seller authorises ordersync at TikTok, and comes back."""

import sys
from typing import Annotated, Final

import typer

from console import authorizations
from console.authorizations import read_callback
from console.cli.connecting import ConnectingPlace, connecting_place
from console.cli.running import REFUSED, USAGE, running, say
from console.connect import GrantConnected, connect_grant
from ordersync_contracts.reasons import CATALOGUE
from tiktok.errors import TikTokError
from tiktok.tokens import authorize_url
from vault.keys import VaultProblem

_SAID: Final = (TikTokError, VaultProblem)


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
    place = connecting_place(context)
    if callback is None:
        _send_off(place)
        if not is_terminal():
            say("then: ordersync shop connect --callback ADDRESS, within 30 minutes")
            return
        say("paste the whole address that the browser ends at, then Enter:")
    if callback in {None, "-"}:
        callback = sys.stdin.readline()
    _connected(running(lambda: _connect(place, callback or ""), said=_SAID))


def is_terminal() -> bool:
    """Whether somebody can be asked to paste the address."""
    return sys.stdin.isatty()


async def _connect(place: ConnectingPlace, address: str) -> GrantConnected:
    returned = read_callback(address)
    async with (
        place.desk() as desk,
        place.authorizations() as begun,
        place.vault() as vault,
        place.seller() as seller,
    ):
        code = await authorizations.finish(begun, returned, desk.clock)
        return await connect_grant(
            desk.store, vault, seller, code, request=desk.request(), clock=desk.clock
        )


def _connected(grant: GrantConnected) -> None:
    for shop_id in grant.shop_ids:
        typer.echo(f"{shop_id} connected")
    for refused in grant.refused:
        say(f"{refused.shop_id} ({refused.region}) refused: {CATALOGUE[refused.reason_code].what}")
    if not grant.shop_ids:
        if not grant.refused:
            say("the authorisation covers no shop: let the seller's main account authorise")
        raise typer.Exit(REFUSED)


def _send_off(place: ConnectingPlace) -> None:
    async def begin() -> str:
        service_id, base_url = place.authorize_at()
        if not service_id:
            return ""
        async with place.desk() as desk, place.authorizations() as begun:
            state = await authorizations.begin(begun, desk.who, desk.clock, desk.new_id)
        return authorize_url(service_id, state, base_url=base_url)

    address = running(begin)
    if not address:
        say("TIKTOK_SERVICE_ID is missing: the app's service id in Partner Center")
        raise typer.Exit(USAGE)
    typer.echo(address)
    say("let the seller's main account open it and agree")
