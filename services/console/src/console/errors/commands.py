"""``ordersync errors``: what keeps orders, or later changes of them, out of Shopify, by reason."""

from collections import Counter
from collections.abc import Iterable
from typing import Annotated

import typer

from commandline.output import Format, Output, print_facts, print_json, print_note, print_table
from commandline.running import FAILED
from console.backend import Backend
from console.cli.opening import catch_up_a_while, on_backend
from console.cli.options import AnyShopOption
from console.orders.actions import request_sync
from console.rows import OrderFilter, OrderRow, Tally, Unshown
from lifecycle.status import Status
from ordersync_contracts.reasons import CATALOGUE, Reason, told

app = typer.Typer(
    help="What keeps orders and their changes out of Shopify: ls, show, retry.",
    no_args_is_help=True,
)
_PAGE = 500
_SHOWN = 20
_WHO = {"you": "you", "us": "ordersync", "tiktok": "TikTok", "shopify": "Shopify"}
Code = Annotated[str, typer.Argument(metavar="CODE", help="a reason code, as `errors ls` names it")]


@app.command("ls")
def ls(context: typer.Context, shop: AnyShopOption = None, output: Output = Format.TABLE) -> None:
    """List the reasons of Sync failed orders and of changes that failed: how many, who can act."""

    async def read(backend: Backend) -> tuple[tuple[Tally, ...], tuple[Unshown, ...]]:
        await catch_up_a_while(backend)
        return tuple(await backend.rows.tally(shop)), await backend.rows.unshown()

    tally, unshown = on_backend(context, read)
    found = _by_reason(tally)
    for bad in unshown[:_SHOWN]:
        print_note(f"{bad.stream} cannot be shown as it is ({bad.error}): `order show` reads it")
    if output is Format.JSON:
        streams = [bad.stream for bad in unshown]
        errors = [{**_json(why), "orders": orders} for why, orders in found]
        print_json({"errors": errors, "not_shown": streams})
        return
    print_table(
        ("ORDERS", "REASON", "WHAT", "WHO", "NEXT"),
        (
            (str(orders), why.code, why.title, _WHO[why.who], why.retry.value)
            for why, orders in found
        ),
    )


@app.command("show")
def show(
    context: typer.Context, code: Code, shop: AnyShopOption = None, output: Output = Format.TABLE
) -> None:
    """Show one reason, what helps, and the newest orders that it keeps."""
    why = _reason(code)
    wanted = OrderFilter(shop_id=shop, reason_code=code)

    async def read(backend: Backend) -> tuple[OrderRow, ...]:
        await catch_up_a_while(backend)
        return await backend.rows.orders(wanted, limit=20)

    rows = on_backend(context, read)
    if output is Format.JSON:
        print_json({**_json(why), "orders": [row.order_id for row in rows]})
        return
    print_facts(
        [
            ("Reason", f"{why.code}: {why.title}"),
            ("What", why.what),
            ("Fix", why.fix),
            ("Who", _WHO[why.who]),
            ("Next", why.retry.value),
            ("Orders", ", ".join(row.order_id for row in rows) or "none"),
        ]
    )


@app.command("retry")
def retry(
    context: typer.Context,
    code: Code,
    shop: AnyShopOption = None,
    execute: Annotated[bool, typer.Option("--execute", help="do it; else only count")] = False,
) -> None:
    """Ask for all orders of one reason again, a page at a time. Only counts without --execute."""
    _reason(code)
    wanted = OrderFilter(shop_id=shop, reason_code=code)

    async def ask(backend: Backend) -> int:
        await catch_up_a_while(backend)
        if not execute:
            return await backend.rows.count(wanted, limit=1_000_000)
        return await _ask_all(backend, wanted)

    orders = on_backend(context, ask)
    typer.echo(f"{orders} orders {'asked for again' if execute else 'would be asked for again'}")


def _by_reason(tallies: Iterable[Tally]) -> list[tuple[Reason, int]]:
    """Failed orders, and synced ones of which a later change failed; the most frequent first."""
    counted: Counter[str] = Counter()
    for tally in tallies:
        if tally.reason_code and tally.status in {Status.SYNC_FAILED, Status.SYNCED}:
            counted[tally.reason_code] += tally.orders
    in_order = sorted(counted.items(), key=lambda entry: (-entry[1], entry[0]))
    return [(told(code), orders) for code, orders in in_order]


async def _ask_all(backend: Backend, wanted: OrderFilter) -> int:
    asked, after, submission = 0, None, backend.submission()
    while page := await backend.rows.orders(wanted, after=after, limit=_PAGE):
        answers = await request_sync(
            submission,
            [(row.shop_id, row.order_id) for row in page if row.may_sync],
            mode="bulk",
            reason=f"errors retry {wanted.reason_code}",
        )
        asked += sum(answer.outcome == "asked" for answer in answers)
        for answer in (answer for answer in answers if answer.outcome == "not_asked"):
            print_note(f"{answer.order_id} could not be asked for: see `order show`")
        after = page[-1].cursor
    return asked


def _reason(code: str) -> Reason:
    if code not in CATALOGUE:
        print_note(f"no reason {code!r}: `ordersync errors ls` names those that keep orders")
        raise typer.Exit(FAILED)
    return CATALOGUE[code]


def _json(why: Reason) -> dict[str, object]:
    return {
        "reason_code": why.code,
        "title": why.title,
        "what": why.what,
        "fix": why.fix,
        "who": why.who,
        "next": why.retry.value,
    }
