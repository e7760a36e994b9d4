"""``ordersync settings``: how a shop's orders are synced."""

import inspect
from collections.abc import Callable
from typing import Literal

import typer

from commandline.output import Format, Output, print_facts, print_json, print_note
from commandline.running import USAGE
from console.backend import Backend
from console.cli.opening import on_backend
from console.cli.options import ShopOption
from console.order_settings.actions import change_settings
from console.shops.actions import known_shop
from ordersync_contracts.events import OrderSettings
from ordersync_contracts.events.shop import ORDER_SETTINGS

app = typer.Typer(help="A shop's order settings: show, set.", no_args_is_help=True)


@app.command("show")
def show(context: typer.Context, shop: ShopOption, output: Output = Format.TABLE) -> None:
    """Show the settings of a shop's orders."""

    async def read(backend: Backend) -> OrderSettings:
        return (await known_shop(backend.store, shop)).settings

    _print(shop, on_backend(context, read), output)


def _set(
    context: typer.Context, shop: ShopOption, output: Output = Format.TABLE, **given: str | None
) -> None:
    """Change settings of a shop's orders; the others stay as they are."""
    changes = {
        setting.name: setting.read(value)
        for setting in ORDER_SETTINGS
        if (value := given[setting.name]) is not None
    }
    if not changes:
        print_note("nothing to set: name a setting, such as --automatic-sync on")
        raise typer.Exit(USAGE)
    settings = on_backend(
        context, lambda backend: change_settings(backend.submission(), shop, changes)
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
