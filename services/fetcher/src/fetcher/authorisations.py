"""What is said in a shop's stream about the seller's authorisation: ended, back, ending soon.

That it will end is said in time, so that nobody learns it from a pause.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from connections.grants import GrantAccess, GrantMissing
from connections.shop_book import ShopBook
from eventstore.journal import Cause, Journal
from lifecycle.shop import Shop
from ordersync_contracts import events
from ordersync_contracts.events import Event
from ordersync_contracts.ids import fact_id
from ordersync_contracts.streams import shop_stream
from runtime.keep_running import passes
from runtime.outage import what_and_where
from tiktok.errors import (
    AuthorizationLost,
    ScopeMissing,
    ShopNotCovered,
    TikTokError,
    TokenExpired,
)

log = structlog.get_logger()
LOST: Final = (AuthorizationLost, ShopNotCovered, GrantMissing)
"""Errors that mean that the seller has to authorise us again."""
ENDED: Final = "tiktok_authorization_ended"
_REASONS: Final[tuple[tuple[type[Exception], str], ...]] = (
    (ScopeMissing, "tiktok_scope_missing"),
    (TokenExpired, "tiktok_token_refused"),
)
SIDE: Final = "tiktok"
WARN_BEFORE: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Authorisations:
    """Says it once, whoever finds it out."""

    journal: Journal
    book: ShopBook
    accesses: GrantAccess

    async def pause(self, shop: Shop, error: Exception | None = None) -> None:
        """Its authorisation is not accepted; said once, with the call that was refused.

        Not when the stream has moved: the seller may be back. Without ``error``: it ended.
        """
        if shop.pause_of(SIDE) is not None:
            return
        reason_code = next((code for kind, code in _REASONS if isinstance(error, kind)), ENDED)
        refused = error.operation if isinstance(error, TikTokError) else ""
        paused = events.ShopPaused(
            shop_id=shop.shop_id, side=SIDE, reason_code=reason_code, refused=refused
        )
        await self._unless_moved(shop, paused)

    async def resume(self, shop: Shop) -> None:
        """TikTok accepts its authorisation again."""
        await self._unless_moved(shop, events.ShopResumed(shop_id=shop.shop_id, side=SIDE))

    async def _unless_moved(self, shop: Shop, event: Event) -> None:
        stream = shop_stream(shop.shop_id)
        cause = Cause(stream, f"{event.type_name()}:{stream}")
        await self.journal.unless_moved(cause, shop.version, event)

    async def warn(self, shop_id: str, expires_at: datetime) -> None:
        """It ends at ``expires_at``; said once for each end."""
        ending = events.AuthorizationExpiring(shop_id=shop_id, side="tiktok", expires_at=expires_at)
        ends = fact_id("AuthorizationExpiring", shop_id, expires_at.isoformat())
        await self.journal.fact(shop_stream(shop_id), ends, ending)

    async def warn_all(self) -> None:
        """Of every connected shop whose authorisation ends soon."""
        for shop in await self.book.all():
            if shop.is_connected:
                await self._attempt(shop)

    async def _attempt(self, shop: Shop) -> None:
        """A shop whose grant cannot be read holds up no other."""
        try:
            ends_at = await self.accesses.ends_at(shop.grant_id)
            if ends_at is not None and ends_at - self.journal.clock() <= WARN_BEFORE:
                await self.warn(shop.shop_id, ends_at)
        except Exception as error:
            if passes(error):
                raise
            log.warning("shop.end_unknown", shop=shop.shop_id, why=what_and_where(error))
