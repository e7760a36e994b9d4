"""One TikTok order and its counterpart in Shopify, which the status-tracker keeps alike."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from tests.world import story
from tests.world.story import IDS, ORDER_ID, SHOP_ID, STORE, fetched

from lifecycle import order as orders
from lifecycle.status import view
from ordersync_contracts import events
from ordersync_contracts.streams import order_stream
from simulators.shopify.in_process import TEE, InProcessShopify, address, line

STREET, OTHER_STREET = "77 Planted Parkway", "12 Planted Parkway"
STOCK = "query Stock($id: ID!) { productVariant(id: $id) { inventoryQuantity } }"


def planted(line1: str, **changes: str) -> dict[str, str]:
    """A buyer in this street, as the vault keeps one; keywords change fields."""
    return {
        "name": "Petra Plantedbuyer",
        "line1": line1,
        "city": "Los Angeles",
        "state": "California",
        "postal_code": "90066",
        "region": "US",
        "phone": "(+1)2135550147",
        **changes,
    }


@dataclass
class Case:
    """One TikTok order, and what is done with it."""

    world: Any
    snapshot: events.OrderFetched | None = None
    minutes: int = 0

    @property
    def sim(self) -> InProcessShopify:
        sim: InProcessShopify = self.world.shopify.sim
        return sim

    async def keep(
        self, value: dict[str, str], kind: str = "recipient", *, masked: bool = False
    ) -> events.VaultReference:
        """What the fetcher does with the buyer's data."""
        kept = await self.world.vault.put(SHOP_ID, ORDER_ID, kind, value, masked=masked)
        return events.VaultReference.model_validate(
            {"kind": kind, "version": kept.version, "digest": kept.digest, "masked": kept.masked}
        )

    def seen(self, **changes: Any) -> events.OrderFetched:
        """A newer snapshot, the last one with these changes."""
        self.minutes += 1
        base = self.snapshot or fetched(lines=(story.line(1), story.line(2)))
        times = {"updated_at": base.updated_at + timedelta(minutes=self.minutes)}
        self.snapshot = base.model_copy(update={**times, **changes})
        return self.snapshot

    def draft(self, **changes: Any) -> events.ShopifyOrderDraft:
        """The draft of the newest snapshot."""
        snapshot = self.snapshot or self.seen()
        return events.ShopifyOrderDraft(
            **IDS,
            store=STORE,
            snapshot_version=1,
            settings_version=1,
            placed_at=snapshot.created_at,
            currency="USD",
            total=Decimal("24.97"),
            lines=tuple(
                events.DraftLine(
                    variant_id=TEE,
                    title="Tee",
                    sku=unit.seller_sku,
                    sku_id="2",
                    quantity=1,
                    unit_price=Decimal("24.99"),
                    line_ids=(unit.line_id,),
                )
                for unit in snapshot.lines
            ),
            shipping_lines=(),
            attributes=(),
            tags=("TikTok Shop",),
            recipient=snapshot.recipient,
            message=snapshot.message,
        ).model_copy(update=changes)

    async def version(self) -> int:
        return len(await self.world.store.read(order_stream(SHOP_ID, ORDER_ID)))

    async def request(self, **changes: Any) -> None:
        """The mapper drafts, the writer records its intent."""
        await self.world.hear(self.draft(**changes))
        await self.intend(await self.version())

    async def intend(self, draft_version: int) -> None:
        await self.world.hear(
            events.ShopifyOrderRequested(
                **IDS,
                store=STORE,
                draft_version=draft_version,
                attempt=1,
                idempotency_key="k",
                input_digest="d",
            )
        )

    async def create(self, outcome: str = "created", **given: Any) -> None:
        """The order stands, made from what was requested last."""
        made: dict[str, Any] = {"lineItems": [line()], "tags": ["TikTok Shop"], **given}
        options = {"inventoryBehaviour": made.pop("inventory", "DECREMENT_IGNORING_POLICY")}
        gid = await self.sim.create(options, shippingAddress=address(), **made)
        history = await self.world.store.read(order_stream(SHOP_ID, ORDER_ID))
        requested = orders.fold(history).requested
        draft = requested.event.draft_version if requested else None
        await self.world.hear(
            events.ShopifyOrderCreated.model_validate(
                {
                    **IDS,
                    "outcome": outcome,
                    "store": STORE,
                    "shopify_order_id": gid,
                    "draft_version": draft,
                }
            )
        )

    async def stands(self, **draft: Any) -> None:
        """An ordinary order in Shopify; keywords change its draft."""
        await self.world.hear(self.snapshot or self.seen())
        await self.request(**draft)
        inventory = draft.get("inventory", "DECREMENT_IGNORING_POLICY")
        await self.create(inventory=inventory)

    async def stands_at(self, street: str) -> None:
        """The same, for a buyer in this street."""
        self.seen(recipient=await self.keep(planted(street)))
        await self.stands()

    async def happens(self, **changes: Any) -> None:
        """TikTok changes the order, and all that follows is done."""
        await self.world.hear(self.seen(**changes))
        await self.world.work_until_settled()

    async def shown(self) -> Any:
        """What a merchant sees."""
        return view(orders.fold(await self.world.store.read(order_stream(SHOP_ID, ORDER_ID))))

    async def stock(self) -> int:
        found = await self.sim.ask(STOCK, id=TEE)
        return int(found["inventoryQuantity"])

    async def order(self) -> dict[str, Any]:
        order: dict[str, Any] = (await self.world.ordered())["order"]
        return order

    async def changes(self) -> list[tuple[str, str]]:
        """Each update that was applied."""
        return [
            (updated.change, updated.how)
            for updated in await self.world.told("ShopifyOrderUpdated")
        ]

    def calls(self, document: str) -> list[Any]:
        return [call.variables for call in self.world.shopify.calls if call.what == document]
