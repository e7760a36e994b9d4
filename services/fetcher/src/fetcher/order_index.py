"""Which orders are stored, whose buyer's data is due to go, and which orders are set aside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

CLAIMED_FOR: Final = timedelta(seconds=60)
"""Whoever took an order to erase and said nothing for so long is taken to be dead."""
NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class KnownOrder:
    """An order that is stored. ``has_buyer``: the vault kept data of its buyer just now.

    ``asked_at``, ``updated_at``: of the state that was told; what was set aside by then, in this
    state or an earlier one, is over.
    """

    order_id: str
    created_at: datetime
    ended_at: datetime | None = None
    has_buyer: bool = False
    asked_at: datetime = NEVER
    updated_at: datetime = NEVER


@dataclass(frozen=True, slots=True)
class SetAside:
    """An order that could not be recorded in the state that was asked for at ``asked_at``.

    ``attempts``: how often it was tried again since. ``updated_at``: of that state, by TikTok;
    None where TikTok did not date it.
    """

    order_id: str
    reason_code: str
    asked_at: datetime
    since: datetime
    due_at: datetime
    attempts: int = 0
    updated_at: datetime | None = None

    def is_ended_by(self, stored: KnownOrder) -> bool:
        """Whether the order is stored since, in this state or a later one."""
        is_older = self.updated_at is not None and stored.updated_at < self.updated_at
        return stored.asked_at >= self.asked_at and not is_older


class OrderIndex(Protocol):
    """Which orders of a shop are stored, by when they were created; and which have ended.

    Also which could not be: those are set aside, and tried again when they are due.
    """

    async def note(self, shop_id: str, orders: Sequence[KnownOrder]) -> None:
        """These orders are durable as events, so they are set aside no longer."""

    async def set_aside(self, shop_id: str, order: SetAside) -> datetime:
        """It could not be recorded; since when that has been so for this reason.

        When it is due, and how often it was tried, stays as it was; of several states the latest
        is kept.
        """

    async def all_set_aside(self, shop_id: str) -> tuple[SetAside, ...]:
        """What is set aside, the first due first."""

    async def try_later(self, shop_id: str, due: Mapping[str, datetime]) -> None:
        """These are tried again now, and next time at those times, if they are still set aside."""

    async def count(self, shop_id: str, begin: datetime, end: datetime) -> int:
        """How many were created from ``begin`` on and before ``end``."""

    async def take_ended(
        self, ended_before: datetime, now: datetime, limit: int
    ) -> tuple[tuple[str, str], ...]:
        """Up to ``limit`` (shop, order) that ended by then and whose buyer is not erased.

        The longest ended first. Nobody else gets them for ``CLAIMED_FOR``.
        """

    async def erased(self, shop_id: str, order_id: str, now: datetime) -> None:
        """The order's buyer data is gone, and an event says so."""

    async def ends(self, shop_id: str, order_id: str, at: datetime | None) -> None:
        """The order ended then, or has not ended, other than was noted."""
