"""The orders of a campaign: a connected shop, one draft per order, and the queue of its jobs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Literal
from uuid import NAMESPACE_URL, uuid5

from tests.campaign.settings import SHOP_ID, STORE

from eventstore.store import ANY_VERSION, Append, EventStore
from jobs.interface import JobStore
from jobs.job import NewJob
from ordersync_contracts import events
from ordersync_contracts.envelope import NewEvent, Recorded, Trace
from ordersync_contracts.events import Event
from ordersync_contracts.streams import order_stream, shop_stream
from shopify_writer.domain import CREATE_ORDER

Lane = Literal["live", "bulk"]
_BEGAN = datetime.now(UTC) - timedelta(hours=2)
_TRACE = Trace("campaign", "campaign")


async def connect_shop(store: EventStore) -> None:
    """The shop is connected and adopted."""
    shop = shop_stream(SHOP_ID)
    connected = events.ShopConnected(
        shop_id=SHOP_ID,
        name="Campaign",
        region="US",
        grant_id="grant",
        store=STORE,
        window_begins_at=_BEGAN,
        connected_at=_BEGAN,
        connected_by="campaign",
    )
    adopted = events.AdoptionFinished(shop_id=SHOP_ID, store=STORE, waived_by="campaign")
    history = [_event(shop, "connected", connected), _event(shop, "adopted", adopted)]
    await store.append([Append(shop, ANY_VERSION, tuple(history))])


@dataclass
class Queue:
    """The orders of a campaign so far, and the jobs that create them; ``size``: how many come."""

    store: EventStore
    job_store: JobStore
    size: int
    lane: Lane = "live"
    order_ids: list[str] = field(default_factory=list)

    async def fill(self) -> None:
        """``size`` new orders: each has a draft, and its job is enqueued."""
        first = 580_000_000_000_000_000 + len(self.order_ids)
        order_ids = [str(first + n) for n in range(self.size)]
        made = {
            order_id: _event(stream_of(order_id), "draft", draft(order_id, self.lane))
            for order_id in order_ids
        }
        await self.store.append(
            [Append(stream_of(order_id), 0, (event,)) for order_id, event in made.items()]
        )
        await self.job_store.enqueue(
            [_job(order_id, event, self.lane) for order_id, event in made.items()]
        )
        self.order_ids += order_ids

    async def histories(self) -> Mapping[str, tuple[Recorded, ...]]:
        """Their streams, by id."""
        return await self.store.read_many([stream_of(order_id) for order_id in self.order_ids])


def stream_of(order_id: str) -> str:
    """The order's stream."""
    return order_stream(SHOP_ID, order_id)


def draft(order_id: str, lane: Lane) -> events.ShopifyOrderDraft:
    """A draft of one mug."""
    return events.ShopifyOrderDraft(
        shop_id=SHOP_ID,
        order_id=order_id,
        store=STORE,
        snapshot_version=1,
        settings_version=0,
        lane=lane,
        placed_at=_BEGAN,
        currency="USD",
        total=Decimal("23.49"),
        lines=(
            events.DraftLine(
                variant_id=None,
                title="Stoneware mug 11 oz",
                sku="MUG-BLUE-11",
                sku_id="1729382476852921560",
                quantity=1,
                unit_price=Decimal("18.50"),
                line_ids=(f"{order_id}1",),
            ),
        ),
        shipping_lines=(events.DraftShippingLine(title="Standard", price=Decimal("4.99")),),
        attributes=(events.Attribute(key="TikTok Shop Order ID", value=order_id),),
        tags=("TikTok Shop",),
        inventory="BYPASS",
    )


def _event(stream: str, what: str, event: Event) -> NewEvent:
    return NewEvent(uuid5(NAMESPACE_URL, f"{stream}/{what}"), event, _BEGAN, _TRACE)


def _job(order_id: str, made: NewEvent, lane: Lane) -> NewJob:
    return NewJob(
        id=made.id,
        stream_id=stream_of(order_id),
        version=1,
        store=STORE,
        kind=CREATE_ORDER,
        due_at=_BEGAN,
        lane=lane,
        supersedes=True,
    )
