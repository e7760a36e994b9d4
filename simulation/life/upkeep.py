"""What people do now and then: earlier orders, events once more, rows anew, a buyer's erasure."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from connections.backpressure import Backpressure
from console import projection
from console.replay import replaying
from console.replay.replaying import Replay
from console.shops.actions import connected_shop, move_window
from console.shops.fetching import estimate
from runtime.kafka import is_infrastructure
from shopify.webhooks import CUSTOMER_REDACT
from simulation.life.commands import Commands
from simulation.life.kinds import ActKind, Given
from simulation.life.refusals import by_person
from simulation.outside import Outside
from simulation.plan import Json

_LOOK_AGAIN_S: Final = 60.0
_PATIENCE_S: Final = 3600.0
"""So long a person waits for room for a replay, and then begins another time."""
_SENT_AGAIN_S: Final = (60.0, 600.0)
"""Shopify sends what is not taken up to eight times in four hours (shopify.dev "Webhooks")."""


async def _backfill(outside: Outside, given: Given) -> bool:
    """The orders of `shop_id` begin at `since` (unix seconds)."""
    ours, shop_id = outside.ordersync, given["shop_id"]
    since = datetime.fromtimestamp(given["since"], UTC)
    known = await connected_shop(ours.store, shop_id)
    found = await estimate(ours.shop_calls, known, since)
    submission = ours.backend.submission()
    await move_window(submission, shop_id, since, expected_orders=found.orders)
    return True


async def _replay(outside: Outside, given: Given) -> bool:
    """The events of `topic` go to their groups once more, all until now."""
    ours = outside.ordersync
    now = ours.clocks.wall()
    chosen = replaying.select(given["topic"], datetime.fromtimestamp(0, UTC), now, None)
    try:
        async with asyncio.timeout(_PATIENCE_S), ours.open_publisher() as publisher:
            backpressure = Backpressure(
                ours.lag,
                _no_lane,
                ours.clocks.monotonic,
                ask_every_s=0.0,
                look_again_s=_LOOK_AGAIN_S,
            )
            replay = Replay(ours.store, publisher.send, backpressure, _unread)
            return await replay.execute(chosen) > 0
    except Exception as error:
        if isinstance(error, TimeoutError) or is_infrastructure(error):
            return False
        raise


async def _no_lane(_store: str) -> float:
    """A replay waits for groups only."""
    return 0.0


def _unread(_line: str) -> None:
    """Nobody reads what a replay says meanwhile."""


async def _rebuild(outside: Outside, _: Given) -> bool:
    """All rows are emptied and filled again, while the console does the same."""
    ours = outside.ordersync
    await ours.rows.clear()
    while await projection.step(ours.store, ours.rows):
        pass
    return True


async def _erase(outside: Outside, given: Given) -> bool:
    """Shopify asks to erase the buyer of `order_id`, which was created in `store`.

    It counts as asked also where nobody takes the request: whether it arrived, is not to be known.
    """
    gid = await outside.shopify_gid(given["store"], given["order_id"])
    if gid is None:
        return False
    ours = outside.ordersync
    asked = _redaction(ours, given["store"], gid)
    for wait_s in (*_SENT_AGAIN_S, None):
        answer = await outside.shopify.http.post("/_sim/webhook", json=asked)
        (delivery,) = answer.raise_for_status().json()["deliveries"]
        if delivery["status"] == 200 or wait_s is None:
            break
        await asyncio.sleep(wait_s)
    return True


def _redaction(ours: Commands, store: str, gid: str) -> Json:
    """shopify.dev "Privacy law compliance", customers/redact; the customer is made up."""
    number = int(gid.rpartition("/")[2])
    return {
        "shop": store,
        "topic": CUSTOMER_REDACT,
        "uri": ours.shopify_webhook_url,
        "webhook_id": ours.new_id(),
        "payload": {
            "shop_domain": store,
            "customer": {"id": 207119551},
            "orders_to_redact": [number],
        },
    }


UPKEEP: Mapping[str, ActKind] = {
    "backfill": by_person(_backfill),
    "replay": by_person(_replay),
    "rebuild": by_person(_rebuild),
    "erase": by_person(_erase),
}
