"""``ordersync settings``: how a shop's orders are synced."""

from typing import Annotated, Literal

import typer

from console import actions
from console.cli.output import Format, Output, Shop, print_facts, print_json
from console.cli.running import USAGE, at_desk, say
from console.desk import Desk
from lifecycle.shop import fold
from ordersync_contracts.events import OrderSettings
from ordersync_contracts.events.draft import Inventory
from ordersync_contracts.streams import shop_stream

app = typer.Typer(help="A shop's order settings: show, set.", no_args_is_help=True)
Switch = Literal["on", "off"]


@app.command("show")
def show(context: typer.Context, shop: Shop, output: Output = Format.TABLE) -> None:
    """Show the settings of a shop's orders."""

    async def read(desk: Desk) -> OrderSettings:
        known = fold(await desk.store.read(shop_stream(shop)))
        if not known.version:
            raise actions.UnknownShop(f"no shop {shop} is known: see `ordersync shop ls`")
        return known.settings

    _print(shop, at_desk(context, read), output)


@app.command("set")
def set_(  # noqa: PLR0913, PLR0917 - typer: every option of a command is an argument
    context: typer.Context,
    shop: Shop,
    automatic_sync: Annotated[Switch | None, typer.Option()] = None,
    auto_link_same_sku: Annotated[Switch | None, typer.Option()] = None,
    discounts: Annotated[Literal["buyer_paid", "merchant_revenue"] | None, typer.Option()] = None,
    inventory: Annotated[Inventory | None, typer.Option()] = None,
    customer: Annotated[Literal["relay", "none"] | None, typer.Option()] = None,
    unlinked_items: Annotated[Literal["block", "custom_line"] | None, typer.Option()] = None,
    money_mismatch: Annotated[Literal["carry", "block"] | None, typer.Option()] = None,
    cancellation: Annotated[Literal["cancel", "tag", "ignore"] | None, typer.Option()] = None,
    output: Output = Format.TABLE,
) -> None:
    """Change settings of a shop's orders; the others stay as they are."""
    given = {
        "automatic_sync": _switched(automatic_sync),
        "auto_link_same_sku": _switched(auto_link_same_sku),
        "discounts": discounts,
        "inventory": inventory,
        "customer": customer,
        "unlinked_items": unlinked_items,
        "money_mismatch": money_mismatch,
        "cancellation": cancellation,
    }
    changes = {name: value for name, value in given.items() if value is not None}
    if not changes:
        say("nothing to set: name a setting, such as --automatic-sync on")
        raise typer.Exit(USAGE)
    settings = at_desk(
        context,
        lambda desk: actions.change_settings(
            desk.store, shop, changes, desk.request(), clock=desk.clock
        ),
    )
    _print(shop, settings, output)


def _switched(switch: Switch | None) -> bool | None:
    return None if switch is None else switch == "on"


def _print(shop: str, settings: OrderSettings, output: Format) -> None:
    if output is Format.JSON:
        print_json({"shop_id": shop, **settings.model_dump(mode="json")})
        return
    shown = settings.model_dump()
    print_facts((name, _shown(value)) for name, value in shown.items())


def _shown(value: object) -> str:
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else str(value)
