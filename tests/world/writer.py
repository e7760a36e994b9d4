"""A whole shopify-writer, made by its ``build``, in memory but for what is given."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from functools import partial
from secrets import token_bytes
from typing import Any, Final

from prometheus_client import CollectorRegistry
from tests.world.story import IDS, KEYS, NOW, ORDER_ID, SETTINGS, SHOP_ID, SKU_ID, STORE

from connections.budgeted import BudgetedShopify
from eventstore.marks import MemoryMarks
from eventstore.memory import MemoryEventStore
from inbox.memory import MemoryInbox
from jobs.budget_queue import BudgetQueue
from jobs.budget_stores import MemoryBudget
from jobs.memory import MemoryJobs
from ordersync_contracts import events
from runtime.clock import Clocks
from runtime.randomness import Chance, NewId, system_chance, system_id
from shopify.calls import Calls
from shopify_writer.adoption.kept_orders import MemoryKeptOrders
from shopify_writer.app import Connections, WriterService, build
from shopify_writer.readback.checkpoints import MemoryCheckpoints
from shopify_writer.reconciliation.turns import MemoryTurns
from shopify_writer.settings import WriterSettings
from shopify_writer.webhooks.inbox import LAYOUT
from vault.memory import MemoryVault

VARIANT: Final = "gid://shopify/ProductVariant/1"
LOOKUP, SEARCH, CREATE = "order_find_by_custom_id", "order_find", "order_create"
"""The documents that the protocol sends, in its order."""
SYNC: Final = events.SyncRequested(**IDS, requested_by="ana", mode="manual", request_id="form-1")


async def nobody_lags() -> Mapping[str, int]:
    """No consumer group has anything before it."""
    return {}


def a_writer(
    client: Calls,
    clocks: Clocks,
    new_id: NewId = system_id,
    chance: Chance = system_chance,
    **given: Any,
) -> WriterService:
    """The service on this client of Shopify; ``given``: other connections, registry, settings."""
    budget = given.setdefault("budget", MemoryBudget(clocks.monotonic))
    job_store = given.setdefault("job_store", MemoryJobs(clocks.wall))
    queue = BudgetQueue(budget, clocks.monotonic)
    connections = {
        "store": MemoryEventStore(clocks.wall),
        "vault": MemoryVault(KEYS, clocks.wall, token_bytes),
        "shopify": BudgetedShopify(client, queue, clocks.wall, clocks.monotonic),
        "job_store": job_store,
        "budget": budget,
        "open_owner": partial(MemoryJobs(clocks.wall).open_owner, clock=clocks.monotonic),
        "kept_orders": MemoryKeptOrders(),
        "checkpoints": MemoryCheckpoints(),
        "turns": MemoryTurns(),
        "inbox": MemoryInbox(LAYOUT),
        "marks": MemoryMarks(clocks.wall),
        "lag": nobody_lags,
    }
    connected = {name: given.pop(name, usual) for name, usual in connections.items()}
    registry = given.pop("registry", CollectorRegistry())
    settings = WriterSettings.model_validate({**SETTINGS, **given})
    return build(Connections(**connected), settings, clocks, new_id, chance, registry)


def a_draft(**changes: Any) -> events.ShopifyOrderDraft:
    """One mug at 18.50 with its tax, shipped for 4.99: 24.97 in all."""
    draft = events.ShopifyOrderDraft(
        shop_id=SHOP_ID,
        order_id=ORDER_ID,
        store=STORE,
        snapshot_version=1,
        settings_version=3,
        placed_at=NOW - timedelta(hours=3),
        paid_at=NOW - timedelta(hours=2),
        currency="USD",
        total=Decimal("24.97"),
        lines=(
            events.DraftLine(
                variant_id=VARIANT,
                title="Stoneware mug 11 oz",
                variant_title="Blue",
                sku="MUG-BLUE-11",
                sku_id=SKU_ID,
                quantity=1,
                unit_price=Decimal("18.50"),
                taxes=(
                    events.DraftTax(
                        title="Sales tax", rate=Decimal("0.08"), amount=Decimal("1.48")
                    ),
                ),
                line_ids=("577086512123755121",),
            ),
        ),
        shipping_lines=(
            events.DraftShippingLine(title="Standard shipping", price=Decimal("4.99")),
        ),
        attributes=(
            events.Attribute(key="Channel", value="TikTok Shop - Harbor & Pine"),
            events.Attribute(key="TikTok Shop Order ID", value=ORDER_ID),
            events.Attribute(key="Shipping Method", value="TikTok Shipping"),
        ),
        tags=("TikTok Shop",),
    )
    return draft.model_copy(update=changes)
