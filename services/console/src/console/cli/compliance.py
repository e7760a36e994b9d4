"""``ordersync compliance``: what Shopify asks on behalf of buyers, and until when."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from importlib import import_module
from typing import Annotated, Protocol, cast

import typer

from console.cli.output import Format, Output, moment, print_json, print_table
from console.cli.running import FAILED, running, say
from runtime.clock import utc_now
from runtime.settings import Settings, load

app = typer.Typer(help="Requests about buyers' data: ls, done.", no_args_is_help=True)


class OpenRequest(Protocol):
    """One open request, as its owner tells it."""

    id: str
    topic: str
    store: str
    customer_id: str
    orders: tuple[str, ...]
    received_at: datetime
    respond_by: datetime


class Requests(Protocol):
    """The module of whoever takes the requests."""

    HELD: str

    def open_inbox(self, settings: Settings) -> AbstractAsyncContextManager[object]:
        """Where they are kept."""
        ...

    async def open_requests(self, inbox: object) -> Sequence[OpenRequest]:
        """The open ones, the first due first."""
        ...

    async def answered(self, inbox: object, request_id: str, now: datetime, by: str) -> bool:
        """One is answered; False when it was not open."""
        ...


def _requests() -> Requests:
    """Imported here only, so that services stay apart."""
    return cast("Requests", import_module("shopify_writer.webhooks.compliance"))


@app.command("ls")
def ls(output: Output = Format.TABLE) -> None:
    """List the open requests, the first due first, and what is held of a buyer."""
    owner = _requests()

    async def read() -> Sequence[OpenRequest]:
        async with owner.open_inbox(load(Settings)) as inbox:
            return await owner.open_requests(inbox)

    found = running(read)
    if output is Format.JSON:
        print_json({"held": owner.HELD, "requests": [_json(one) for one in found]})
        return
    print_table(("ID", "TOPIC", "STORE", "ORDERS", "DUE"), (_cells(one) for one in found))
    say(f"held of a buyer: {owner.HELD}")


@app.command("done")
def done(
    request_id: Annotated[str, typer.Argument(metavar="ID", help="as `compliance ls` names it")],
    by: Annotated[str, typer.Option(help="who answered it, for the record")] = "operator",
) -> None:
    """Say that a request was answered."""
    owner = _requests()

    async def act() -> bool:
        async with owner.open_inbox(load(Settings)) as inbox:
            return await owner.answered(inbox, request_id, utc_now(), by)

    if not running(act):
        say(f"no open request {request_id}: see `ordersync compliance ls`")
        raise typer.Exit(FAILED)
    typer.echo(f"{request_id} done")


def _cells(one: OpenRequest) -> tuple[str, ...]:
    return one.id, one.topic, one.store, str(len(one.orders)), moment(one.respond_by)


def _json(one: OpenRequest) -> dict[str, object]:
    return {
        "id": one.id,
        "topic": one.topic,
        "store": one.store,
        "customer_id": one.customer_id,
        "orders": list(one.orders),
        "received_at": one.received_at.isoformat(),
        "respond_by": one.respond_by.isoformat(),
    }
