"""Statuses: what TikTok shipped, delivered and cancelled, once, at its time, never backwards."""

from collections import Counter
from collections.abc import Iterator

from simulation.evidence import Failure
from simulation.judge.amounts import is_cancelled
from simulation.judge.wishes import Wishes
from simulation.judge.world import Made, Tiktok, nodes, operations, unix
from simulation.plan import Json

PROMISE = "statuses"
TAG = "TikTok Shop Cancelled"
_ORDER = ("IN_TRANSIT", "DELIVERED")
_TIME = {"IN_TRANSIT": "collection_time", "DELIVERED": "delivery_time"}


def status_failures(orders: list[Made], tiktok: Tiktok, wishes: Wishes) -> Iterator[Failure]:
    """Of each order as it was last seen."""
    for made in orders:
        versions = [version.raw for version in tiktok.versions.get(made.order_id, ())]
        if versions:
            yield from _event_failures(made, versions)
            yield from _shipping_failures(made, versions, wishes)
            # A shop that moved on leaves its orders behind; one that was erased cannot be read.
            shop_id = tiktok.shops[made.order_id]
            is_served = wishes.store_at(shop_id, float("inf")) == made.store
            if made.gone_at is None and is_served and not wishes.is_erased(made.order_id):
                modes = wishes.values(shop_id, "cancellation", "cancel")
                yield from _cancellation_failures(made, versions, wishes, modes)
                yield from _progress_failures(made, versions[-1], wishes)


def _event_failures(made: Made, versions: list[Json]) -> Iterator[Failure]:
    # A carrier reports by itself: only what a call asked for counts.
    given = [call["fulfillmentEvent"] for call in operations(made.last, "fulfillmentEventCreate")]
    of_each: dict[str, list[Json]] = {}
    for event in given:
        of_each.setdefault(event["fulfillmentId"], []).append(event)
    for gid, told in of_each.items():
        yield from _order_failures(made, gid, [event["status"] for event in told])
    for event in given:
        yield from _time_failures(made, event, versions)


def _order_failures(made: Made, gid: str, statuses: list[str]) -> Iterator[Failure]:
    for status, times in Counter(statuses).items():
        if times > 1:
            yield Failure(PROMISE, made.about, f"{status} is told {times} times on {gid}")
    ranks = [_ORDER.index(status) for status in statuses if status in _ORDER]
    if ranks != sorted(ranks):
        yield Failure(PROMISE, made.about, f"{gid} went backwards: {', '.join(statuses)}")


def _time_failures(made: Made, event: Json, versions: list[Json]) -> Iterator[Failure]:
    status, name = event["status"], _TIME.get(event["status"])
    if name is None:
        yield Failure(PROMISE, made.about, f"no such delivery status: {status}")
        return
    # Where TikTok names no time of the kind yet, it is the time of the change. It cannot be seen
    # from outside at which version the status was told: any counts.
    times = [float(raw.get(name) or raw.get("update_time") or 0) for raw in versions]
    said = event.get("happenedAt")
    if said is None or unix(str(said)) not in times:
        yield Failure(PROMISE, made.about, f"{status} at {said}; TikTok says {times[-1]:.0f}")


def _shipping_failures(made: Made, versions: list[Json], wishes: Wishes) -> Iterator[Failure]:
    numbers = {
        line.get("tracking_number"): line
        for raw in versions
        for line in raw.get("line_items") or []
    }
    # What a merchant fulfils by hand is the merchant's, with any tracking or none.
    is_touched = wishes.merchant_touched(made.order_id, made.gid)
    for call in operations(made.last, "fulfillmentCreate"):
        tracking = (call["fulfillment"].get("trackingInfo") or {}).get("number")
        if tracking and tracking not in numbers and not is_touched:
            yield Failure(PROMISE, made.about, f"TikTok knows no tracking {tracking}")
    shipped = max(_shipped_units(raw) for raw in versions)
    done = sum(
        part["quantity"]
        for fulfillment in made.last["fulfillments"]
        if fulfillment["status"] != "CANCELLED"
        for part in nodes(fulfillment, "fulfillmentLineItems")
    )
    if done > shipped and not is_touched and not _is_bundled(versions):
        yield Failure(PROMISE, made.about, f"{done} units fulfilled, TikTok shipped {shipped}")


def _is_bundled(versions: list[Json]) -> bool:
    # An exploded bundle has more units in Shopify than in TikTok.
    return any(
        line.get("combined_listing_skus")
        for raw in versions
        for line in raw.get("line_items") or []
    )


def _shipped_units(raw: Json) -> int:
    return sum(bool(line.get("package_id")) for line in raw.get("line_items") or [])


def _cancellation_failures(
    made: Made, versions: list[Json], wishes: Wishes, modes: list[Json]
) -> Iterator[Failure]:
    raw, order = versions[-1], made.last["order"]
    is_touched = wishes.merchant_touched(made.order_id, made.gid)
    if order["cancelledAt"] and not is_touched and not any(map(_is_whole, versions)):
        yield Failure(PROMISE, made.about, "cancelled in Shopify, not in TikTok")
    is_told = bool(order["cancelledAt"]) or TAG in order["tags"]
    # The setting counts as it was when the cancellation was seen; when that was is not to be seen.
    if _is_whole(raw) and not is_told and not is_touched and "ignore" not in modes:
        yield Failure(PROMISE, made.about, "cancelled in TikTok, neither cancelled nor tagged")
    if TAG in order["tags"] and not is_touched and not any(map(_is_any, versions)):
        yield Failure(PROMISE, made.about, f"tagged {TAG}, nothing is cancelled in TikTok")


def _is_whole(raw: Json) -> bool:
    return bool(raw.get("status") == "CANCELLED")


def _is_any(raw: Json) -> bool:
    return _is_whole(raw) or any(map(is_cancelled, raw.get("line_items") or []))


def _progress_failures(made: Made, raw: Json, wishes: Wishes) -> Iterator[Failure]:
    # What a merchant holds, cancels or fulfils may make a fulfilment impossible.
    if wishes.merchant_touched(made.order_id, made.gid) or made.last["order"]["cancelledAt"]:
        return
    told = {event["status"] for event in made.last["events"]}
    if not _shipped_units(raw):
        return
    if raw.get("status") in ("IN_TRANSIT", "DELIVERED") and raw["status"] not in told:
        yield Failure(PROMISE, made.about, f"{raw['status']} in TikTok, Shopify has {sorted(told)}")
