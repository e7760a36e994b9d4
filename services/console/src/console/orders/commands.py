"""``ordersync order``: list, show, sync."""

from dataclasses import asdict, astuple
from typing import Annotated

import typer

from commandline.output import (
    Format,
    Output,
    moment,
    print_facts,
    print_json,
    print_note,
    print_table,
)
from commandline.running import FAILED, REFUSED, USAGE
from console.backend import Backend
from console.cli.opening import catch_up_a_while, on_backend
from console.cli.options import AnyShopOption
from console.orders.actions import SyncAnswer, request_sync
from console.orders.queries import OrderHistory, find_order, preview_order, to_json
from console.orders.timeline import Entry, amount, cents, platform_word, timeline
from console.rows import OrderFilter, OrderRow
from lifecycle.status import Status
from mapping.preview import Preview
from ordersync_contracts.reasons import told

app = typer.Typer(help="Orders: list, show, sync.", no_args_is_help=True)


@app.command("ls")
def ls(
    context: typer.Context,
    shop: AnyShopOption = None,
    status: Annotated[str | None, typer.Option(help="such as not-synced, sync-failed")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
    output: Output = Format.TABLE,
) -> None:
    """List orders, newest first. Those not eligible are listed with --status not-eligible."""
    wanted = OrderFilter(status=_status(status), shop_id=shop)

    async def read(backend: Backend) -> tuple[OrderRow, ...]:
        await catch_up_a_while(backend)
        shops = {shop.shop_id: shop for shop in await backend.shops.all()}
        rows = await backend.rows.orders(wanted, limit=limit)
        return tuple(row.as_shop_stands(shops.get(row.shop_id)) for row in rows)

    rows = on_backend(context, read)
    if output is Format.JSON:
        print_json({"orders": [_row_json(row) for row in rows]})
    else:
        columns = ("ORDER", "SHOP", "PLACED", "TOTAL", "TIKTOK", "STATUS", "REASON", "SHOPIFY")
        print_table((*columns, "DELIVERY"), map(_row_cells, rows))


async def _find(backend: Backend, order_id: str, shop: str | None) -> OrderHistory:
    return await find_order(backend.store, backend.clock(), order_id, shop)


@app.command("show")
def show(
    context: typer.Context,
    order_id: Annotated[str, typer.Argument(metavar="ID", help="TikTok order id")],
    shop: AnyShopOption = None,
    output: Output = Format.TABLE,
) -> None:
    """Show one order: its status and everything that happened to it, from its own stream."""
    found = on_backend(context, lambda backend: _find(backend, order_id, shop))
    if output is Format.JSON:
        print_json(to_json(found))
    else:
        _print_order(found)


@app.command("preview")
def preview(
    context: typer.Context,
    order_id: Annotated[str, typer.Argument(metavar="ID", help="TikTok order id")],
    shop: AnyShopOption = None,
    output: Output = Format.TABLE,
) -> None:
    """Show what an order would become in Shopify, row by row, and what keeps it; writes nothing."""

    async def read(backend: Backend) -> Preview:
        return await preview_order(backend.store, await _find(backend, order_id, shop))

    made = on_backend(context, read)
    if output is Format.JSON:
        print_json(_preview_json(order_id, made))
        return
    columns = ("TIKTOK", "VALUE", "SHOPIFY", "VALUE", "")
    print_table(columns, (astuple(row) for row in made.rows))
    for line in hindrances(made):
        typer.echo(line)


@app.command("sync")
def sync(
    context: typer.Context,
    order_ids: Annotated[list[str], typer.Argument(metavar="ID...", help="TikTok order ids")],
    shop: AnyShopOption = None,
    reason: Annotated[str, typer.Option(help="why, for the record")] = "",
) -> None:
    """Ask for orders in Shopify, at once. Refused (exit 5) for orders that are not eligible."""

    async def ask(backend: Backend) -> tuple[SyncAnswer, ...]:
        known = [await _find(backend, order_id, shop) for order_id in order_ids]
        return await request_sync(
            backend.submission(),
            [(order.shop_id, order.order_id) for order in known],
            mode="manual" if len(known) == 1 else "bulk",
            reason=reason,
        )

    answers = on_backend(context, ask)
    for answer in answers:
        typer.echo(f"{answer.order_id}  {outcome_text(answer)}")
    if any(answer.outcome == "not_eligible" for answer in answers):
        raise typer.Exit(REFUSED)
    if any(answer.outcome == "not_asked" for answer in answers):
        raise typer.Exit(FAILED)


def outcome_text(answer: SyncAnswer) -> str:
    """What became of asking for one order."""
    match answer.outcome:
        case "asked":
            return "asked for: it is being synced"
        case "already":
            return f"left alone: it is already {answer.status}"
        case "not_eligible":
            why = told(answer.reason_code or "")
            return f"refused: not eligible, {why.code}: {why.what} {why.fix}"
        case "not_asked":
            return "not asked for: `ordersync order show` says what cannot be read of it"
        case _:
            return "not known"


def hindrances(made: Preview) -> tuple[str, ...]:
    """What keeps the order out of Shopify: the reason, what helps, the SKUs to link, the detail."""
    if made.reason_code is None:
        return ()
    why = told(made.reason_code)
    skus = made.blocked.sku_ids if made.blocked else ()
    named = (f"Unlinked: {', '.join(skus)}",) if skus else ()
    detail = (made.blocked.detail,) if made.blocked and made.blocked.detail else ()
    said = f"Not created: {why.code}: {why.what}", f"What helps: {why.fix}"
    return (*said, *named, *(f"In detail: {text}" for text in detail))


def _preview_json(order_id: str, made: Preview) -> dict[str, object]:
    return {
        "order_id": order_id,
        "reason_code": made.reason_code,
        "ineligible": made.ineligible.reason_code if made.ineligible else None,
        "blocked": made.blocked.model_dump(mode="json") if made.blocked else None,
        "rows": [asdict(row) for row in made.rows],
    }


def _status(text: str | None) -> Status | None:
    if text is None:
        return None
    for status in Status:
        if status.value.casefold() == text.replace("-", " ").replace("_", " ").casefold():
            return status
    words = ", ".join(status.value.lower().replace(" ", "-") for status in Status)
    print_note(f"--status: no status {text!r}; there are {words}")
    raise typer.Exit(USAGE)


def _row_json(row: OrderRow) -> dict[str, object]:
    return {
        "order_id": row.order_id,
        "shop_id": row.shop_id,
        "placed_at": row.placed_at.isoformat(),
        "total": cents(row.total),
        "currency": row.currency,
        "tiktok_status": row.tiktok_status,
        "status": row.status.value,
        "reason_code": row.reason_code,
        "remark": row.remark,
        "shopify_order_id": row.shopify_order_id,
        "shopify_name": row.shopify_name or None,
        "delivery": row.delivery.value if row.delivery else None,
    }


def _row_cells(row: OrderRow) -> tuple[str, ...]:
    return (
        row.order_id,
        row.shop_id,
        moment(row.placed_at),
        amount(row.total, row.currency),
        platform_word(row.tiktok_status),
        f"{row.status.value} ({row.remark})" if row.remark else row.status.value,
        row.reason_code or "",
        row.shopify_name or row.shopify_number,
        row.delivery.value if row.delivery else "",
    )


def _print_order(found: OrderHistory) -> None:
    seen = found.view
    facts = [
        ("Order", found.order_id),
        ("Shop", found.shop_id),
        ("Status", f"{seen.status.value} ({seen.remark})" if seen.remark else seen.status.value),
        ("Shopify order", seen.shopify_order_id or "-"),
        ("Delivery", seen.delivery.value if seen.delivery else "-"),
    ]
    if seen.reason_code:
        why = told(seen.reason_code)
        facts[3:3] = [("Reason", f"{why.code}: {why.what}"), ("What helps", why.fix)]
    print_facts(facts)
    typer.echo("")
    print_table(("", "WHEN", "WHAT", "", "WHO"), map(_entry_cells, timeline(found.history)))


def _entry_cells(entry: Entry) -> tuple[str, ...]:
    return str(entry.version), moment(entry.at), entry.title, entry.text, entry.who
