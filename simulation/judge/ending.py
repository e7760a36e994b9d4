"""It ended: nothing happens any more, nothing is under way, every order has a row and a reason."""

from collections.abc import Iterator

from simulation.evidence import Evidence, Failure
from simulation.judge.wishes import Wishes
from simulation.judge.world import Tiktok

PROMISE = "it ended"
_REST_S = 3600.0
"""So long before the end nothing was appended: longer than the longest wait before a retry."""
_MAY_REMAIN = ("jobs.parked", "mapper.waiting")
"""Parked jobs wait for a person; waiting orders for somebody to want them."""


def ending_failures(evidence: Evidence, tiktok: Tiktok, wishes: Wishes) -> Iterator[Failure]:
    """All that is not at rest."""
    quiet_s = evidence.ended_at - evidence.last_event_at
    # A history that was left alone for less than that can only be asked for what it was left.
    if quiet_s < min(_REST_S, (evidence.ended_at - evidence.calm_from) / 2):
        yield Failure(PROMISE, "events", f"the last was appended {quiet_s:.0f} s before the end")
    for name, count in evidence.left.items():
        if count and name not in _MAY_REMAIN:
            yield Failure(PROMISE, name, f"{count} are left")
    for order_id in tiktok.shops:
        yield from _row_failures(evidence, tiktok, wishes, order_id)


def _row_failures(
    evidence: Evidence, tiktok: Tiktok, wishes: Wishes, order_id: str
) -> Iterator[Failure]:
    shop_id, about = tiktok.shops[order_id], f"TikTok order {order_id}"
    if (shop_id, order_id) not in evidence.shown:
        return
    row = evidence.shown[shop_id, order_id]
    if row is None:
        if _is_in_window(tiktok, wishes, order_id):
            yield Failure(PROMISE, about, "it has no row")
        return
    status, reason = str(row.get("status") or ""), str(row.get("reason") or "")
    if status.startswith("Syncing"):
        yield Failure(PROMISE, about, f"its row still says {status}")
    if status in ("Not eligible", "Sync failed") and not reason:
        yield Failure(PROMISE, about, f"its row says {status} without a reason")


def _is_in_window(tiktok: Tiktok, wishes: Wishes, order_id: str) -> bool:
    # Without a store at the end the shop may be disconnected: then nobody fetches.
    shop_id = tiktok.shops[order_id]
    begins = wishes.begins(shop_id)
    placed = tiktok.at_the_end(order_id).get("create_time") or 0
    connected = wishes.store_at(shop_id, float("inf")) is not None
    return connected and begins is not None and placed >= begins
