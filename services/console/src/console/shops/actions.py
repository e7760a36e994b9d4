"""What a person can do to a shop besides connecting it."""

from collections.abc import Sequence
from datetime import datetime

from connections.foldings import read_shop
from console.backend import NoStore, Refused, Submission, UnknownShop
from eventstore.store import EventStore
from lifecycle import shop
from lifecycle.shop import Shop
from ordersync_contracts import events
from ordersync_contracts.streams import shop_stream


class NotEarlier(Refused):
    """The shop's orders begin as early already."""


def require_known(known: Shop, shop_id: str) -> Shop:
    """The shop as it is; UnknownShop when it was never connected."""
    if not known.version:
        raise UnknownShop(f"no shop {shop_id} is known: see `ordersync shop ls`")
    return known


def require_store(known: Shop, shop_id: str) -> str:
    """The domain of the shop's Shopify store; NoStore when it has none."""
    if known.store is None:
        raise NoStore(f"shop {shop_id} has no Shopify store: connect one first")
    return known.store


async def known_shop(store: EventStore, shop_id: str) -> Shop:
    """The shop; UnknownShop when it was never connected."""
    return require_known(await read_shop(store, shop_id), shop_id)


async def connected_shop(store: EventStore, shop_id: str) -> Shop:
    """The shop; Refused when it is not connected, UnknownShop when it never was."""
    known = await known_shop(store, shop_id)
    if not known.is_connected:
        raise Refused(f"shop {shop_id} is not connected: `ordersync shop connect`")
    return known


async def disconnect_shop(submission: Submission, shop_id: str, *, reason: str = "") -> None:
    """Stop the shop's work; what waits goes on when it is connected again."""
    gone = events.ShopDisconnected(shop_id=shop_id, disconnected_by=submission.by, reason=reason)

    def decide(known: Shop) -> Sequence[events.Event]:
        return (gone,) if require_known(known, shop_id).is_connected else ()

    await submission.decide(shop_stream(shop_id), shop.fold, decide)


async def move_window(
    submission: Submission, shop_id: str, since: datetime, *, expected_orders: int | None = None
) -> None:
    """Let the shop's orders begin at ``since``; the fetcher reads them. Raises NotEarlier."""
    moved = events.WindowMoved(
        shop_id=shop_id, begins_at=since, moved_by=submission.by, expected_orders=expected_orders
    )

    def decide(known: Shop) -> Sequence[events.Event]:
        later_beginning(known, since)
        return (moved,)

    await submission.decide(shop_stream(shop_id), shop.fold, decide)


def later_beginning(known: Shop, since: datetime) -> datetime:
    """Where the shop's orders begin now; NotEarlier when ``since`` is not before that."""
    begins = known.window_begins_at
    if begins is None or since >= begins:
        where = begins.isoformat() if begins else "nowhere"
        raise NotEarlier(f"orders of {known.shop_id} begin at {where}: name an earlier time")
    return begins
