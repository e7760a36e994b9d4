"""``ordersync shop backfill`` and ``ordersync shop webhooks``: what the fetcher brings, and how."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, TypeVar

import typer

from commandline.output import Format, Output, moment, print_json, print_note, print_table
from commandline.running import FAILED, USAGE, run
from console.backend import Backend
from console.cli.opening import on_backend
from console.cli.options import ShopOption
from console.cli.platform_opening import platform_opener
from console.shops.actions import connected_shop, move_window
from console.shops.fetching import BackfillProgress, ShopCalls, estimate, progress
from tiktok.errors import TikTokError
from tiktok.webhooks import SUBSCRIBED

T = TypeVar("T")
app = typer.Typer(help="TikTok's notifications: enable them, see where they go.")


def backfill(
    context: typer.Context,
    shop: ShopOption,
    since: Annotated[
        datetime | None, typer.Option(help="a day or time in UTC, like 2026-10-01")
    ] = None,
    execute: Annotated[bool, typer.Option("--execute", help="do it, do not only say it")] = False,
    status: Annotated[bool, typer.Option("--status", help="say how far it is")] = False,
) -> None:
    """Let a shop's orders begin earlier; without --execute, say what that would bring."""
    if status == (since is not None):
        print_note("name either --since or --status")
        raise typer.Exit(USAGE)
    if since is None:
        typer.echo(_how_far(on_backend(context, lambda backend: progress(backend.store, shop))))
        return
    begins = since.replace(tzinfo=UTC) if since.tzinfo is None else since.astimezone(UTC)

    async def act(backend: Backend, calls: ShopCalls) -> None:
        await _backfill(backend, calls, shop, begins, execute=execute)

    _at(context, act)


async def _backfill(
    backend: Backend, calls: ShopCalls, shop_id: str, begins: datetime, *, execute: bool
) -> None:
    known = await connected_shop(backend.store, shop_id)
    found = await estimate(calls, known, begins)
    typer.echo(
        f"{found.orders} orders were created from {moment(found.since)} to "
        f"{moment(found.until)}; at most {found.created} would be created in Shopify"
        + ("" if known.settings.automatic_sync else ", each when somebody presses Sync")
    )
    if not execute:
        print_note("nothing was changed: add --execute")
        return
    await move_window(backend.submission(), shop_id, begins, expected_orders=found.orders)
    typer.echo(f"they are being fetched: ordersync shop backfill --shop {shop_id} --status")


def _how_far(now: BackfillProgress) -> str:
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
    shop: ShopOption,
    address: Annotated[
        str | None, typer.Option(help="https address; default: TIKTOK_WEBHOOK_URL")
    ] = None,
) -> None:
    """Let TikTok notify ordersync of what changes in a shop. Again is harmless."""
    to = address or run(lambda: _url(context))
    if not to:
        print_note("no address: set TIKTOK_WEBHOOK_URL, or name one with --address")
        raise typer.Exit(USAGE)

    async def act(backend: Backend, calls: ShopCalls) -> None:
        known = await connected_shop(backend.store, shop)
        for kind in SUBSCRIBED:
            await calls.enable_webhook(known, kind, to)
            typer.echo(f"{kind} goes to {to}")

    _at(context, act)


@app.command("status")
def status(context: typer.Context, shop: ShopOption, output: Output = Format.TABLE) -> None:
    """Show where a shop's notifications go; exit code 1 when one goes nowhere."""

    async def act(backend: Backend, calls: ShopCalls) -> dict[str, str]:
        going = await calls.webhooks(await connected_shop(backend.store, shop))
        return {kind: going.get(kind, "") for kind in SUBSCRIBED}

    found = _at(context, act)
    if output is Format.JSON:
        print_json({"webhooks": found})
    else:
        print_table(("NOTIFICATION", "GOES TO"), ((k, to or "nowhere") for k, to in found.items()))
    if not all(found.values()):
        raise typer.Exit(FAILED)


def _at(context: typer.Context, work: Callable[[Backend, ShopCalls], Awaitable[T]]) -> T:
    async def act() -> T:
        opener = platform_opener(context)
        async with opener.backend() as backend, opener.shop_calls() as calls:
            return await work(backend, calls)

    return run(act, explained=(TikTokError,))


async def _url(context: typer.Context) -> str:
    return platform_opener(context).tiktok_webhook_url()
