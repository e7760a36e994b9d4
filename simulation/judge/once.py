"""Exactly once: what is wanted and eligible stands once, in its shop's store; nothing else does."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from simulation.evidence import Evidence, Failure
from simulation.judge.amounts import live_lines
from simulation.judge.eligible import must_be_created, why_not
from simulation.judge.wishes import Wishes, is_on
from simulation.judge.world import FIELD, Made, Tiktok, is_created_by_call, nodes

PROMISE = "exactly once"
_FOR_PEOPLE = (
    "app_uninstalled",
    "cannot_prove_absent",
    "missing_scope",
    "protected_data",
    "shop_frozen",
    "stock_claim_failed",
    "token_invalid",
    "variant_deleted",
)
"""What the store itself refuses until a person acts (docs/reasons.md). It is not to be seen from
outside whether it did, so the row is believed."""

_UNDER_WAY_S = 3600.0
"""So long after a shop left its store a create that was under way may still be seen there."""


@dataclass(frozen=True, slots=True)
class Once:
    """Judges one history."""

    evidence: Evidence
    orders: list[Made]
    tiktok: Tiktok
    wishes: Wishes

    def failures(self) -> Iterator[Failure]:
        """All."""
        for made in self.orders:
            yield from self._misplaced(made)
        for order_id in self.tiktok.shops:
            of_it = [made for made in self.orders if made.order_id == order_id]
            yield from self._doubled(of_it)
            yield from self._missing(order_id, of_it)

    def _misplaced(self, made: Made) -> Iterator[Failure]:
        shop_id = self.tiktok.shops.get(made.order_id)
        if shop_id is None:
            return
        if not self._was_wanted(shop_id, made):
            yield Failure(PROMISE, made.about, f"nobody had wanted it by {made.seen_at:.0f}")
        left = self.wishes.left_store(shop_id, made.store, made.seen_at)
        # A store that the shop never had is found by `separation`.
        if left is not None and float("-inf") < left < made.seen_at - _UNDER_WAY_S:
            yield Failure(PROMISE, made.about, f"the shop had left this store at {left:.0f}")
        known = self.tiktok.until(made.order_id, made.seen_at)
        reasons = [why_not(raw) for raw in known]
        if all(reasons):
            yield Failure(PROMISE, made.about, f"it was never eligible: {', '.join(reasons)}")
        yield from _misnamed(made)

    def _was_wanted(self, shop_id: str, made: Made) -> bool:
        automatic = self.wishes.first_automatic(shop_id)
        asked = self.wishes.asked(shop_id, made.order_id)
        # Automatic sync that was on for a moment may have taken what was there at that moment; a
        # bulk sync takes what there is when its turn comes, which may be later than it was begun.
        bulk = [deed.at for deed in self.wishes.told(shop_id, "bulk_sync")]
        return any(
            at <= made.seen_at
            for at in [*asked, *bulk, *([] if automatic is None else [automatic])]
        )

    def _doubled(self, of_it: list[Made]) -> Iterator[Failure]:
        # One that a merchant deleted may be created again (docs/reasons.md, order_removed): only
        # those count that stood at the same time.
        for number, later in enumerate(of_it):
            for earlier in of_it[:number]:
                if earlier.gone_at is None or earlier.gone_at > later.seen_at:
                    yield Failure(PROMISE, later.about, f"{earlier.gid} in {earlier.store} too")

    def _missing(self, order_id: str, of_it: list[Made]) -> Iterator[Failure]:
        # One that stood was created; what became of it then is the merchant's.
        if of_it or self._is_known_to_store(order_id) or not self._must_stand(order_id):
            return
        row = self.evidence.shown.get((self.tiktok.shops[order_id], order_id)) or {}
        if row.get("reason") not in _FOR_PEOPLE:
            status, reason = row.get("status"), row.get("reason")
            yield Failure(PROMISE, f"TikTok order {order_id}", f"missing; row: {status}, {reason}")

    def _is_known_to_store(self, order_id: str) -> bool:
        # One that somebody else had made before is adopted, wherever it names the TikTok order.
        return any(
            order_id in json.dumps(shown["order"])
            for orders in self.evidence.shopify.values()
            for shown in orders
            if not is_created_by_call(shown)
        )

    def _must_stand(self, order_id: str) -> bool:
        raw, shop_id = self.tiktok.at_the_end(order_id), self.tiktok.shops[order_id]
        begins = self.wishes.begins(shop_id)
        links = self.wishes.links(shop_id)
        return (
            must_be_created(raw)
            and begins is not None
            and raw.get("create_time", 0) >= begins
            and all(line["sku_id"] in links for line in live_lines(raw))
            and self._is_wanted_at_the_end(shop_id, order_id)
            # Whoever erased the buyer's data took the address that creation needs.
            and not self.wishes.is_erased(order_id)
        )

    def _is_wanted_at_the_end(self, shop_id: str, order_id: str) -> bool:
        if self.wishes.store_at(shop_id, self.evidence.ended_at) is None:
            return False
        if is_on(self.wishes.values(shop_id, "automatic_sync", default=False)[-1]):
            return True
        return any(
            self._holds(shop_id, order_id, at) for at in self.wishes.asked(shop_id, order_id)
        )

    def _holds(self, shop_id: str, order_id: str, asked_at: float) -> bool:
        # A wish for an order that was not eligible, or before the shop moved, is promised nothing.
        later = self.tiktok.since(order_id, asked_at)
        all_eligible = bool(later) and not any(map(why_not, later))
        connected = self.wishes.store_at(shop_id, asked_at) is not None
        return all_eligible and connected and not self.wishes.moved_since(shop_id, asked_at)


def _misnamed(made: Made) -> Iterator[Failure]:
    order = made.first["order"]
    if order.get("sourceIdentifier") != made.order_id:
        yield Failure(PROMISE, made.about, f"sourceIdentifier is {order.get('sourceIdentifier')}")
    # A metafield that is missing is written later: the last look counts.
    fields = nodes(made.last["order"], "metafields")
    values = [field["value"] for field in fields if field["key"] == FIELD]
    if made.gone_at is None and values != [made.order_id]:
        yield Failure(PROMISE, made.about, f"metafield {FIELD} is {values}")
