"""Up to when the orders of the shops that a page shows are proven complete."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from console.fetching import complete_until, reads_history
from console.rows import ShopFetched
from lifecycle.shop import Shop


@dataclass(frozen=True, slots=True)
class Completeness:
    """``until``: every order created before is here; None while a shop is not proven.

    ``reading`` and ``unproven`` name the shops whose history is still read, or only not counted.
    """

    until: datetime | None = None
    reading: tuple[str, ...] = ()
    unproven: tuple[str, ...] = ()


def completeness(shops: Iterable[Shop], fetched: Mapping[str, ShopFetched]) -> Completeness | None:
    """Of all the connected ones among these shops together; None when there are none."""
    connected = [shop for shop in shops if shop.is_connected]
    if not connected:
        return None
    proven = {one.shop_id: complete_until(one, fetched.get(one.shop_id)) for one in connected}
    missing = [shop for shop in connected if proven[shop.shop_id] is None]
    reading = [shop for shop in missing if reads_history(shop, fetched.get(shop.shop_id))]
    known = [at for at in proven.values() if at is not None]
    return Completeness(
        until=None if missing else min(known),
        reading=tuple(shop.name for shop in reading),
        unproven=tuple(shop.name for shop in missing if shop not in reading),
    )
