"""``ordersync settings``: how a shop's orders are synced."""

import inspect
from collections.abc import Callable
from typing import Literal

import typer

from console import actions
from console.cli.output import Format, Output, Shop, print_facts, print_json
from console.cli.running import USAGE, at_desk, say
from console.desk import Desk
from lifecycle.shop import fold
from ordersync_contracts.events import OrderSettings
from ordersync_contracts.events.shop import ORDER_SETTINGS
from ordersync_contracts.streams import shop_stream

app = typer.Typer(help="A shop's order settings: show, set.", no_args_is_help=True)


@app.command("show")
def show(context: typer.Context, shop: Shop, output: Output = Format.TABLE) -> None:
    """Show the settings of a shop's orders."""

    async def read(desk: Desk) -> OrderSettings:
        known = fold(await desk.store.read(shop_stream(shop)))
        if not known.version:
            raise actions.UnknownShop(f"no shop {shop} is known: see `ordersync shop ls`")
        return known.settings

    _print(shop, at_desk(context, read), output)


def _set(
    context: typer.Context, shop: Shop, output: Output = Format.TABLE, **given: str | None
) -> None:
    """Change settings of a shop's orders; the others stay as they are."""
    changes = {
        setting.name: setting.read(value)
        for setting in ORDER_SETTINGS
        if (value := given[setting.name]) is not None
    }
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


def _with_options(command: Callable[..., None]) -> Callable[..., None]:
    """The command with an option for each declared setting: typer reads it from the signature."""
    context, shop, output, _given = inspect.signature(command).parameters.values()
    options = (
        inspect.Parameter(
            setting.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=typer.Option(None, help=setting.setting.title),
            annotation=Literal.__getitem__(tuple(setting.values)),
        )
        for setting in ORDER_SETTINGS
    )
    keywords = (*options, output.replace(kind=inspect.Parameter.KEYWORD_ONLY))
    vars(command)["__signature__"] = inspect.Signature((context, shop, *keywords))
    return command


app.command("set")(_with_options(_set))


def _print(shop: str, settings: OrderSettings, output: Format) -> None:
    if output is Format.JSON:
        print_json({"shop_id": shop, **settings.model_dump(mode="json")})
        return
    shown = settings.model_dump()
    print_facts((name, _shown(value)) for name, value in shown.items())


def _shown(value: object) -> str:
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else str(value)
