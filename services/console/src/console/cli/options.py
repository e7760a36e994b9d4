"""The shop a command is about: the one that is named, or the only one there is."""

from typing import Annotated

import typer

from console.backend import Backend, Refused

ShopOption = Annotated[str, typer.Option("--shop", help="TikTok shop id")]
AnyShopOption = Annotated[str | None, typer.Option("--shop", help="TikTok shop id")]


class ShopNotNamed(Refused):
    """Several shops are connected, so a command about one has to name it."""


async def named_shop(backend: Backend, shop_id: str | None) -> str:
    """The shop's id; ShopNotNamed when none is named and there is not exactly one."""
    if shop_id is not None:
        return shop_id
    shops = await backend.shops.all()
    if len(shops) != 1:
        raise ShopNotNamed(f"{len(shops)} shops are known: name one with --shop")
    return shops[0].shop_id
