"""What people ask for: how a shop's orders are synced, which products are which, which orders."""

from collections.abc import Collection, Mapping
from typing import Final

from console.order_settings.actions import change_settings
from console.orders.actions import request_sync
from console.products.actions import link_product, unlink_product
from console.rows import OrderFilter
from console.shops.actions import known_shop
from lifecycle import order
from lifecycle.status import view
from ordersync_contracts.streams import order_of, order_stream
from simulation.life.commands import Commands
from simulation.life.goods import variant_id
from simulation.life.kinds import ActKind, Given
from simulation.life.refusals import by_person
from simulation.outside import Outside

_COUNTED_UP_TO: Final = 1000
_PAGE: Final = 500


async def change(outside: Outside, given: Given) -> bool:
    """The settings of `shop_id` that are named beside it."""
    changes = {name: value for name, value in given.items() if name != "shop_id"}
    submission = outside.ordersync.backend.submission()
    await change_settings(submission, given["shop_id"], changes)
    return True


async def link(outside: Outside, given: Given) -> bool:
    """`sku_id` of `shop_id` is `variant_id`, if the shop's store has that."""
    ours, shop_id, sku_id = outside.ordersync, given["shop_id"], given["sku_id"]
    store = (await known_shop(ours.store, shop_id)).store
    if store is None or variant_id(store, sku_id) != given["variant_id"]:
        return False
    await link_product(ours.backend.submission(), shop_id, sku_id, given["variant_id"])
    return True


async def _unlink(outside: Outside, given: Given) -> bool:
    submission = outside.ordersync.backend.submission()
    await unlink_product(submission, given["shop_id"], given["sku_id"])
    return True


async def _sync(outside: Outside, given: Given) -> bool:
    """A person presses Sync on `order_id` of `shop_id`; `clicks`: as often, in the same form."""
    submission = outside.ordersync.backend.submission()
    wanted = [(given["shop_id"], given["order_id"])]
    outcomes = []
    for _ in range(given.get("clicks", 1)):
        (answer,) = await request_sync(submission, wanted)
        outcomes.append(answer.outcome)
    return outcomes[0] == "asked"


async def _bulk_sync(outside: Outside, given: Given) -> bool | Given:
    """A person presses Sync on all orders of `shop_id`; `code`: tries those of a reason again.

    The deed names the orders that could be asked for then: nobody is promised more.
    """
    ours, shop_id = outside.ordersync, given["shop_id"]
    if "code" in given:
        order_ids = await _retry(ours, shop_id, given["code"])
    else:
        order_ids = await _may_sync(ours, shop_id)
        wanted = OrderFilter(shop_id=shop_id)
        if not await ours.bulk.begin(wanted, ours.backend.submission(), _COUNTED_UP_TO):
            return False
    return {**given, "order_ids": order_ids} if order_ids else False


async def _retry(ours: Commands, shop_id: str, code: str) -> list[str]:
    """As ``ordersync errors retry``; the orders that were asked for."""
    wanted = OrderFilter(shop_id=shop_id, reason_code=code)
    rows = await ours.rows.orders(wanted, limit=_PAGE)
    asked = [(shop_id, row.order_id) for row in rows if row.may_sync]
    submission = ours.backend.submission()
    answers = await request_sync(submission, asked, mode="bulk", reason=f"errors retry {code}")
    return [answer.order_id for answer in answers if answer.outcome == "asked"]


async def _may_sync(ours: Commands, shop_id: str) -> list[str]:
    """The shop's orders that could be asked for, whether or not their rows say so by now."""
    of_shop = order_stream(shop_id, "")
    streams = [name for name in await _order_streams(ours) if name.startswith(of_shop)]
    return [order_of(name)[1] for name in streams if await _is_open(ours, name)]


async def _order_streams(ours: Commands) -> Collection[str]:
    return await ours.store.streams("order")


async def _is_open(ours: Commands, stream: str) -> bool:
    return view(order.fold(await ours.store.read(stream))).may_sync


ASKING: Mapping[str, ActKind] = {
    "settings": by_person(change),
    "link": by_person(link),
    "unlink": by_person(_unlink),
    "sync": by_person(_sync),
    "bulk_sync": by_person(_bulk_sync),
}
