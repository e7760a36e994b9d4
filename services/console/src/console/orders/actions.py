"""Asking for orders in Shopify."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import structlog

from console.backend import Submission, each_stream
from lifecycle import order
from lifecycle.order import Order
from lifecycle.status import Status, view
from ordersync_contracts import events
from ordersync_contracts.streams import order_of, order_stream

Mode = Literal["manual", "bulk", "resync"]
SyncOutcome = Literal["asked", "already", "not_eligible", "unknown", "not_asked"]
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class SyncAnswer:
    """What became of asking for one order; ``reason_code`` when it is not eligible.

    ``not_asked``: what its stream holds cannot be read.
    """

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

    One read and one append for all of them, but for one that spoils them. What is synced or syncing
    already, not eligible, or not known is answered and left alone. Raises Contention when all
    others are asked for: the same submission again asks for nothing twice.
    """
    streams = [order_stream(*ids) for ids in orders]
    answers: dict[str, SyncAnswer] = {}

    async def ask(some: Sequence[str]) -> None:
        answers.update(await _request(submission, some, mode, reason))

    async def not_asked(stream: str, error: Exception) -> None:
        log.error("order.not_asked", stream=stream, exc_info=error)
        answers[stream] = SyncAnswer(*order_of(stream), "not_asked")

    await each_stream(streams, ask, not_asked)
    return tuple(answers[stream] for stream in streams)


async def _request(
    submission: Submission, streams: Sequence[str], mode: Mode, reason: str
) -> dict[str, SyncAnswer]:
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
    return {
        stream: _answer(stream, one.state, is_asked=one.is_repeated)
        for stream, one in decided.items()
    }


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
