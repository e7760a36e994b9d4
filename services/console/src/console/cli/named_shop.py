"""The shop a command is about: the one that is named, or the only one there is."""

from console import actions, queries
from console.desk import Desk


class ShopNotNamed(actions.Refused):
    """Several shops are connected, so a command about one has to name it."""


async def named_shop(desk: Desk, shop: str | None) -> str:
    """The shop's id; ShopNotNamed when none is named and there is not exactly one."""
    if shop is not None:
        return shop
    known = await queries.shop_ids(desk.store)
    if len(known) != 1:
        raise ShopNotNamed(f"{len(known)} shops are known: name one with --shop")
    return known[0]
