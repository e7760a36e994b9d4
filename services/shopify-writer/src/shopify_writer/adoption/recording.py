"""What was found becomes ShopifyOrderCreated ``adopted``, in the stream of the shop it is of."""

from collections.abc import Sequence
from dataclasses import dataclass

from eventstore.journal import Fact, Journal
from ordersync_contracts import events
from ordersync_contracts.envelope import Recorded
from ordersync_contracts.ids import created_id
from ordersync_contracts.streams import order_of, order_stream
from shopify_writer.adoption.evidence import FoundOrder


@dataclass(frozen=True, slots=True)
class Recording:
    """Of some found orders: those new in their streams, and those that no shop has fetched."""

    recorded: tuple[FoundOrder, ...]
    unfetched: tuple[FoundOrder, ...]


async def record(
    journal: Journal, domain: str, shop_ids: Sequence[str], found: Sequence[FoundOrder]
) -> Recording:
    """Record each found order where it was fetched. One read and one append for all.

    ``shop_ids``: the shops that write to the store ``domain``. An order that is known to be (or to
    have been) in Shopify under this very gid changes nothing.
    """
    histories = await journal.store.read_many(
        [order_stream(shop_id, order.order_id) for shop_id in shop_ids for order in found]
    )
    fetched = {
        order_of(stream)[1]: stream for stream, history in histories.items() if _is_fetched(history)
    }
    there = [order for order in found if order.order_id in fetched]
    are_news = await journal.facts(_fact(fetched[order.order_id], domain, order) for order in there)
    new = [order for order, is_news in zip(there, are_news, strict=True) if is_news]
    return Recording(tuple(new), tuple(order for order in found if order.order_id not in fetched))


def _is_fetched(history: Sequence[Recorded]) -> bool:
    return any(recorded.name == events.OrderFetched.type_name() for recorded in history)


def _fact(stream: str, domain: str, found: FoundOrder) -> Fact:
    shop_id, order_id = order_of(stream)
    adopted = events.ShopifyOrderCreated(
        shop_id=shop_id,
        order_id=order_id,
        outcome="adopted",
        store=domain,
        shopify_order_id=found.shopify_order_id,
        name=found.name,
        processed_at=found.processed_at,
    )
    return Fact(stream, created_id(domain, found.shopify_order_id), adopted)
