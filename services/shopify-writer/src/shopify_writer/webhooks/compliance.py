"""``ordersync compliance``: what Shopify asks on behalf of buyers, and until when.

What data is held is named, never shown.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Annotated, Final, TypeVar, cast

import typer

from commandline.output import Format, Output, moment, print_json, print_note, print_table
from commandline.running import FAILED, run
from connections.opening import open_pool
from inbox.interface import Inbox, Received
from inbox.postgres import PostgresInbox
from runtime.clock import utc_now
from runtime.settings import Settings, load
from shopify.webhooks import Webhook
from shopify_writer.webhooks.inbox import LAYOUT

HELD: Final = (
    "recipient and message in the vault, masked or not; ids, amounts and times in the events"
)
"""What ordersync keeps of a buyer."""
T = TypeVar("T")
app = typer.Typer(help="Requests about buyers' data: ls, done.", no_args_is_help=True)


@app.command("ls")
def ls(context: typer.Context, output: Output = Format.TABLE) -> None:
    """List the open requests, the first due first, and what is held of a buyer."""
    found = _on_inbox(context, lambda inbox: inbox.requests())
    if output is Format.JSON:
        print_json({"held": HELD, "requests": [_json(request) for request in found]})
        return
    print_table(("ID", "TOPIC", "STORE", "ORDERS", "DUE"), (_cells(request) for request in found))
    print_note(f"held of a buyer: {HELD}")


@app.command("done")
def done(
    context: typer.Context,
    request_id: Annotated[str, typer.Argument(metavar="ID", help="as `compliance ls` names it")],
    by: Annotated[str, typer.Option(help="who answered it, for the record")] = "operator",
) -> None:
    """Say that a request was answered."""
    if not _on_inbox(context, lambda inbox: inbox.done([request_id], utc_now(), by)):
        print_note(f"no open request {request_id}: see `ordersync compliance ls`")
        raise typer.Exit(FAILED)
    typer.echo(f"{request_id} done")


def _on_inbox(context: typer.Context, work: Callable[[Inbox[Webhook]], Awaitable[T]]) -> T:
    """Run ``work`` on the inbox of the settings' database, or on the one a test put there."""

    async def act() -> T:
        if context.obj is not None:
            return await work(cast("Inbox[Webhook]", context.obj))
        async with _open_inbox() as inbox:
            return await work(inbox)

    return run(act)


@asynccontextmanager
async def _open_inbox() -> AsyncIterator[Inbox[Webhook]]:
    async with open_pool(load(Settings), name="ordersync", max_connections=2) as pool:
        yield PostgresInbox(pool, LAYOUT)


def _cells(request: Received[Webhook]) -> tuple[str, ...]:
    webhook = request.message
    due = moment(request.respond_by or request.received_at)
    return webhook.id, webhook.topic, webhook.store, str(len(webhook.order_ids)), due


def _json(request: Received[Webhook]) -> dict[str, object]:
    webhook = request.message
    return {
        "id": webhook.id,
        "topic": webhook.topic,
        "store": webhook.store,
        "customer_id": webhook.customer_id,
        "orders": list(webhook.order_ids),
        "received_at": request.received_at.isoformat(),
        "respond_by": (request.respond_by or request.received_at).isoformat(),
    }
