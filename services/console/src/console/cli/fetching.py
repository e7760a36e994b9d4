"""``ordersync shop backfill`` and ``ordersync shop webhooks``: what the fetcher brings, and how."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated, Final, Protocol, TypeVar, cast

import typer

from connections.grants import GrantMissing
from connections.settings import TikTokSettings
from console import access
from console.cli.output import Format, Output, Shop, moment, print_json, print_table
from console.cli.running import FAILED, USAGE, at_desk, running, say
from console.cli.workplace import OnSettings, Workplace
from console.desk import Desk
from console.fetching import (
    WEBHOOKS,
    Progress,
    ShopSide,
    connected_shop,
    history,
    move_window,
    progress,
)
from runtime.settings import load
from tiktok.errors import TikTokError
from vault.keys import VaultProblem

T = TypeVar("T")
_SAID: Final = (TikTokError, VaultProblem, GrantMissing)
app = typer.Typer(help="TikTok's notifications: enable them, see where they go.")


class FetchingPlace(Workplace, Protocol):
    """Opens what these commands need."""

    def shop_side(self) -> AbstractAsyncContextManager[ShopSide]:
        """TikTok, for calls about connected shops."""
        ...

    def webhook_url(self) -> str:
        """Where TikTok reaches the fetcher; empty when no setting says so."""
        ...


class OnTikTok(OnSettings):
    """The real place, by the settings."""

    @asynccontextmanager
    async def shop_side(self) -> AsyncIterator[ShopSide]:
        """See ``FetchingPlace.shop_side``."""
        async with access.open_shop_side(load(TikTokSettings)) as side:
            yield side

    def webhook_url(self) -> str:
        """See ``FetchingPlace.webhook_url``."""
        return load(TikTokSettings).tiktok_webhook_url


def backfill(
    context: typer.Context,
    shop: Shop,
    since: Annotated[
        datetime | None, typer.Option(help="a day or time in UTC, like 2026-10-01")
    ] = None,
    execute: Annotated[bool, typer.Option("--execute", help="do it, do not only say it")] = False,
    status: Annotated[bool, typer.Option("--status", help="say how far it is")] = False,
) -> None:
    """Let a shop's orders begin earlier; without --execute, say what that would bring."""
    if status == (since is not None):
        say("name either --since or --status")
        raise typer.Exit(USAGE)
    if since is None:
        typer.echo(_how_far(at_desk(context, lambda desk: progress(desk.store, shop))))
        return
    begins = since.replace(tzinfo=UTC) if since.tzinfo is None else since.astimezone(UTC)

    async def act(desk: Desk, side: ShopSide) -> None:
        await _backfill(desk, side, shop, begins, execute=execute)

    _at(context, act)


async def _backfill(
    desk: Desk, side: ShopSide, shop_id: str, begins: datetime, *, execute: bool
) -> None:
    known = await connected_shop(desk.store, shop_id)
    found = await history(side, known, begins)
    typer.echo(
        f"{found.orders} orders were created from {moment(found.since)} to "
        f"{moment(found.until)}; at most {found.created} would be created in Shopify"
        + ("" if known.settings.automatic_sync else ", each when somebody presses Sync")
    )
    if not execute:
        say("nothing was changed: add --execute")
        return
    await move_window(
        desk.store,
        shop_id,
        begins,
        request=desk.request(),
        clock=desk.clock,
        expected_orders=found.orders,
    )
    typer.echo(f"they are being fetched: ordersync shop backfill --shop {shop_id} --status")


def _how_far(now: Progress) -> str:
    of = f" of {now.expected}" if now.expected is not None else ""
    read = f"{now.orders}{of} orders read"
    if now.is_done:
        return f"{read}, all since {moment(now.begins_at)}"
    if now.read_back_to is None:
        return f"{read}; orders begin at {moment(now.begins_at)}"
    return f"{read}, back to {moment(now.read_back_to)}; orders begin at {moment(now.begins_at)}"


@app.command("enable")
def enable(
    context: typer.Context,
    shop: Shop,
    address: Annotated[
        str | None, typer.Option(help="https address; default: TIKTOK_WEBHOOK_URL")
    ] = None,
) -> None:
    """Let TikTok notify ordersync of what changes in a shop. Again is harmless."""
    to = address or running(lambda: _url(context))
    if not to:
        say("no address: set TIKTOK_WEBHOOK_URL, or name one with --address")
        raise typer.Exit(USAGE)

    async def act(desk: Desk, side: ShopSide) -> None:
        known = await connected_shop(desk.store, shop)
        for kind in WEBHOOKS:
            await side.enable_webhook(known, kind, to)
            typer.echo(f"{kind} goes to {to}")

    _at(context, act)


@app.command("status")
def status(context: typer.Context, shop: Shop, output: Output = Format.TABLE) -> None:
    """Show where a shop's notifications go; exit code 1 when one goes nowhere."""

    async def act(desk: Desk, side: ShopSide) -> dict[str, str]:
        going = await side.webhooks(await connected_shop(desk.store, shop))
        return {kind: going.get(kind, "") for kind in WEBHOOKS}

    found = _at(context, act)
    if output is Format.JSON:
        print_json({"webhooks": found})
    else:
        print_table(("NOTIFICATION", "GOES TO"), ((k, to or "nowhere") for k, to in found.items()))
    if not all(found.values()):
        raise typer.Exit(FAILED)


async def _url(context: typer.Context) -> str:
    return _place(context).webhook_url()


def _at(context: typer.Context, work: Callable[[Desk, ShopSide], Awaitable[T]]) -> T:
    async def run() -> T:
        place = _place(context)
        async with place.desk() as desk, place.shop_side() as side:
            return await work(desk, side)

    return running(run, said=_SAID)


def _place(context: typer.Context) -> FetchingPlace:
    return cast("FetchingPlace", context.obj) if context.obj is not None else OnTikTok()
