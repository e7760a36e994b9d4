"""Orders that cannot be recorded: set aside one by one, said with their reason, tried again.

So one order never holds up its page, its shop or the fetcher, and nothing is skipped silently: its
stream says why (OrderSetAside), and it is asked for again with growing waits until it is recorded.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from eventstore.journal import Journal
from eventstore.store import EventTooLarge
from fetcher.metrics import Metrics
from fetcher.order_index import OrderIndex, SetAside
from ordersync_contracts.events import OrderSetAside
from ordersync_contracts.ids import fact_id
from ordersync_contracts.streams import order_stream
from runtime.backoff import Backoff
from runtime.keep_running import passes
from runtime.outage import what_and_where
from runtime.randomness import Chance
from tiktok.errors import TikTokError
from tiktok.wire.orders import Order
from tiktok.wire.values import moment
from vault.keys import VaultProblem

log = structlog.get_logger()
AT_A_TIME: Final = 50


@dataclass(frozen=True, slots=True)
class Quarantine:
    """Keeps what could not be recorded; ``waits``: before each is tried again."""

    journal: Journal
    order_index: OrderIndex
    metrics: Metrics
    waits: Backoff
    chance: Chance

    async def put(self, shop_id: str, order: Order, asked_at: datetime, error: Exception) -> None:
        """Set the order aside, durably, and say so: once for each state and reason."""
        now, code, detail = self.journal.clock(), _reason_code(error), _detail(error)
        updated_at = moment(order.update_time) or moment(order.create_time)
        due_at = self._due(now, 0)
        aside = SetAside(order.id, code, asked_at, now, due_at, updated_at=updated_at)
        since = await self.order_index.set_aside(shop_id, aside)
        self.metrics.set_aside(code)
        log.error("order.set_aside", shop=shop_id, order=order.id, reason=code, detail=detail)
        told = OrderSetAside(
            shop_id=shop_id,
            order_id=order.id,
            reason_code=code,
            detail=detail,
            status=order.status,
            placed_at=moment(order.create_time) or asked_at,
            asked_at=asked_at,
            updated_at=updated_at,
        )
        await self._say(told, since)

    async def due(self, shop_id: str) -> tuple[str, ...]:
        """Orders to be tried again now, at most ``AT_A_TIME``; each waits longer every time."""
        now = self.journal.clock()
        aside = await self.order_index.all_set_aside(shop_id)
        due = [order for order in aside if order.due_at <= now][:AT_A_TIME]
        if due:
            later = {order.order_id: self._due(now, order.attempts + 1) for order in due}
            await self.order_index.try_later(shop_id, later)
        return tuple(order.order_id for order in due)

    def _due(self, now: datetime, attempts: int) -> datetime:
        return now + timedelta(seconds=self.waits.delay(attempts + 1, self.chance))

    async def _say(self, told: OrderSetAside, since: datetime) -> None:
        """Once a state and reason. A stream that takes nothing at all still has its row and log."""
        try:
            stream = order_stream(told.shop_id, told.order_id)
            state = told.updated_at.isoformat() if told.updated_at is not None else ""
            said = fact_id("OrderSetAside", stream, told.reason_code, since.isoformat(), state)
            await self.journal.fact(stream, said, told)
        except Exception as error:
            if passes(error):
                raise
            why = _detail(error)
            log.warning("order.set_aside_unsaid", shop=told.shop_id, why=why)


def _reason_code(error: Exception) -> str:
    match error:
        case EventTooLarge():
            return "order_too_large"
        case VaultProblem():
            return "buyer_data_locked"
        case TikTokError():
            return "references_unavailable"
        case _:
            return "order_not_recorded"


def _detail(error: Exception) -> str:
    """Our own words; of an error that nobody expects what and where it is, for it may say more."""
    if isinstance(error, (EventTooLarge, VaultProblem, TikTokError)):
        return str(error)
    return what_and_where(error)
