"""Asking for orders in Shopify."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from console.backend import Submission
from lifecycle import order
from lifecycle.order import Order
from lifecycle.status import Status, view
from ordersync_contracts import events
from ordersync_contracts.streams import order_of, order_stream

Mode = Literal["manual", "bulk", "resync"]
SyncOutcome = Literal["asked", "already", "not_eligible", "unknown"]


@dataclass(frozen=True, slots=True)
class SyncAnswer:
    """What became of asking for one order; ``reason_code`` when it is not eligible."""

    shop_id: str
    order_id: str
    outcome: SyncOutcome
    status: Status | None = None
    reason_code: str | None = None


async def request_sync(
    submission: Submission,
    orders: Iterable[tuple[str, str]],
    *,
    mode: Mode = "manual",
    reason: str = "",
) -> tuple[SyncAnswer, ...]:
    """Ask for these orders (shop id, order id) in Shopify; one answer for each, in their order.

    One read and one append for all of them. What is synced or syncing already, not eligible, or
    not known is answered and left alone.
    """
    streams = [order_stream(*ids) for ids in orders]

    def decide(stream: str, known: Order) -> Sequence[events.Event]:
        answer = _answer(stream, known)
        asked = events.SyncRequested(
            shop_id=answer.shop_id,
            order_id=answer.order_id,
            requested_by=submission.by,
            mode=mode,
            reason=reason,
            request_id=submission.id,
        )
        return (asked,) if answer.outcome == "asked" else ()

    decided = await submission.decide_each(streams, order.fold, decide, once=True)
    return tuple(
        _answer(stream, decided[stream].state, is_asked=decided[stream].is_repeated)
        for stream in streams
    )


def _answer(stream: str, known: Order, *, is_asked: bool = False) -> SyncAnswer:
    ids = order_of(stream)
    if not known.version:
        return SyncAnswer(*ids, "unknown")
    seen = view(known)
    if seen.may_sync or is_asked:
        return SyncAnswer(*ids, "asked", seen.status)
    if seen.status in {Status.NOT_ELIGIBLE, Status.SYNC_FAILED}:  # the latter: not recorded yet
        return SyncAnswer(*ids, "not_eligible", seen.status, seen.reason_code)
    return SyncAnswer(*ids, "already", seen.status)
