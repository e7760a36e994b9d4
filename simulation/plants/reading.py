"""Bugs of whoever reads TikTok's orders and decides on them."""

from datetime import timedelta
from typing import Any

import structlog

from fetcher import domain as fetching
from fetcher.polling.poller import ShopPoller
from fetcher.recording.ingest import Buyers
from lifecycle import link
from mapper import domain as mapping
from mapping import eligibility, lines
from ordersync_contracts.events import OrderFetched
from runtime.kafka import plan as delivering
from shopify_writer.webhooks.erasing import Erasing
from simulation.plants.patching import Function, everywhere, method

log = structlog.get_logger()


def overlap_dropped() -> None:
    """A poll begins where the last one ended."""
    careful = fetching.poll_window
    everywhere(careful, lambda since, now, _: careful(since, now, timedelta()))


def watermark_early() -> None:
    """The watermark is moved before what lies behind it is durable."""

    def plant(careful: Function) -> Function:
        async def begin(self: ShopPoller, now: Any) -> None:
            await careful(self, now)
            await self._checkpoints.move("watermark", now)

        return begin

    method(ShopPoller, "_begin", plant)


def newest_by_update_time_alone() -> None:
    """Of two snapshots of one second whichever came first stands."""

    def plant(_: Function) -> Function:
        def is_newer_than(self: OrderFetched, other: OrderFetched) -> bool:
            return self.updated_at > other.updated_at

        return is_newer_than

    method(OrderFetched, "is_newer_than", plant)


def older_snapshot_believed() -> None:
    """What was read is news, also when something newer is known."""
    method(OrderFetched, "is_newer_than", lambda _: lambda *__: True)


def told_at_every_poll() -> None:
    """What says the same is appended again."""
    everywhere(fetching.news, lambda _, snapshots: (snapshots[-1],))


def held_record_overtaken() -> None:
    """What stands behind a record that failed is acknowledged with it."""
    everywhere(delivering.hold, lambda *_: {})


def link_of_another_store() -> None:
    """A link counts whichever store its variant is in."""
    careful = link.variants

    def anywhere(order: Any, links: Any, _: Any) -> dict[str, str]:
        found: dict[str, str] = {}
        for sku_id, one in links.items():
            if one.linked is not None:
                found |= careful(order, {sku_id: one}, one.linked.store)
        return found

    everywhere(careful, anywhere)


def automatic_sync_ignores_the_switch() -> None:
    """Every eligible order is taken, whether or not somebody wants it."""
    everywhere(mapping.is_wanted, lambda order, _: order.removed is None)


def created_again_after_removal() -> None:
    """Automatic sync brings back what a merchant deleted."""
    everywhere(mapping.is_wanted, lambda _, shop: shop.settings.automatic_sync)


def window_ignored() -> None:
    """Orders from before the shop's window are taken."""
    _passed("_in_window")


def unpaid_taken() -> None:
    """Orders are taken that nobody has paid for, or that are cancelled."""
    _passed("_paid_and_kept")


def _passed(check: str) -> None:
    real = getattr(eligibility, check)
    for name, value in list(vars(eligibility).items()):
        if isinstance(value, tuple) and real in value:
            setattr(eligibility, name, tuple(each for each in value if each is not real))
            return
    raise LookupError(f"no list of checks holds {check}")


def cancelled_units_counted() -> None:
    """What the seller cancelled of an order is sent along."""
    careful = lines.to_lines

    def all_of(units: Any, *rest: Any) -> Any:
        kept = [unit.model_copy(update={"is_cancelled": False}) for unit in units]
        return careful(kept, *rest)

    everywhere(careful, all_of)


def buyer_in_a_log_line() -> None:
    """Who bought is said where it is kept."""

    def plant(careful: Function) -> Function:
        async def keep(self: Buyers, shop_id: str, found: Any) -> Any:
            for order in found:
                log.info("order.kept", who=str(order.recipient_address))
            return await careful(self, shop_id, found)

        return keep

    method(Buyers, "keep", plant)


def erasure_forgotten() -> None:
    """That a buyer's data is erased is said, and it is kept."""

    def plant(_: Function) -> Function:
        async def orders(self: Erasing, streams: Any) -> None:
            await self._record(streams, "customer_request")

        return orders

    method(Erasing, "orders", plant)


PLANTS = (
    overlap_dropped,
    watermark_early,
    newest_by_update_time_alone,
    older_snapshot_believed,
    told_at_every_poll,
    held_record_overtaken,
    link_of_another_store,
    automatic_sync_ignores_the_switch,
    created_again_after_removal,
    window_ignored,
    unpaid_taken,
    cancelled_units_counted,
    buyer_in_a_log_line,
    erasure_forgotten,
)
