"""Up to when a shop's orders are proven complete, and those of several shops together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from console.rows import ShopFetched
from lifecycle.shop import Shop


def complete_until(shop: Shop, fetched: ShopFetched | None) -> datetime | None:
    """Up to when the shop is proven complete; None while its window is not proven as a whole."""
    begins = shop.window_begins_at
    if begins is None or fetched is None or fetched.proven_from is None:
        return None
    return fetched.complete_until if fetched.proven_from <= begins else None


def reads_history(shop: Shop, fetched: ShopFetched | None) -> bool:
    """Whether orders of the shop's window are still to be read."""
    begins = shop.window_begins_at
    if begins is None:
        return False
    return fetched is None or fetched.read_back_to is None or fetched.read_back_to > begins


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
    proven = {shop.shop_id: complete_until(shop, fetched.get(shop.shop_id)) for shop in connected}
    missing = [shop for shop in connected if proven[shop.shop_id] is None]
    reading = [shop for shop in missing if reads_history(shop, fetched.get(shop.shop_id))]
    known = [at for at in proven.values() if at is not None]
    return Completeness(
        until=None if missing else min(known),
        reading=tuple(shop.name for shop in reading),
        unproven=tuple(shop.name for shop in missing if shop not in reading),
    )
