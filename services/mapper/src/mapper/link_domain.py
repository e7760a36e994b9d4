"""Whether a TikTok SKU's link holds, and which one would: decided on what both sides say now. Pure.

A link is made by itself only between equal SKUs, of exactly one variant, and only on what the store
says now. What a person said outlives it: a person's link is never changed, what a person took back
is never linked again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Final, Literal, TypeAlias

from lifecycle.link import Link, normal_sku
from lifecycle.shop import Shop
from ordersync_contracts import events
from ordersync_contracts.events import ProductLinked, ProductUnlinked
from shopify.variants import Variant

SOURCE: Final = "mapper"
SkuKey: TypeAlias = tuple[str, str]
"""Shop and SKU."""


@dataclass(frozen=True, slots=True)
class SkuCheck:
    """One SKU whose link is to be looked at.

    ``seller_sku``: what the newest order names it by, placed at ``named_at``; "" where none does.
    ``asked_in``: the reading of the store's products that had begun when it was asked for.
    ``variant_id``: what it is linked to, where that is why it is looked at.
    """

    shop_id: str
    sku_id: str
    store: str
    seller_sku: str
    named_at: datetime
    round: int = 0
    asked_in: int = 0
    variant_id: str = ""

    @property
    def key(self) -> SkuKey:
        """Shop and SKU."""
        return self.shop_id, self.sku_id


class Then(Enum):
    """What becomes of a check."""

    DONE = auto()
    AGAIN = auto()
    """Once more, with the link as it is then."""
    READ = auto()
    """When the store's products have been read."""
    READ_ANEW = auto()
    """As ``READ``: what is known of them turned out to be wrong."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be recorded of the link, and what becomes of the check."""

    then: Then = Then.DONE
    event: ProductLinked | ProductUnlinked | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What the store says: ``now`` of the variants that were asked for (None: deleted).

    ``carriers``: those that carried the SKU when the products were read; None while that is not
    known well enough. ``is_after``: they were read after the check was asked for.
    """

    now: Mapping[str, Variant | None]
    carriers: Sequence[str] | None = None
    is_after: bool = False


def judge(check: SkuCheck, link: Link, shop: Shop, seen: Seen) -> Verdict:
    """What the check comes to."""
    if shop.store != check.store:
        return Verdict()
    is_ours = link.linked is not None and link.linked.store == check.store
    linked = link.linked if is_ours else None
    matches = shop.settings.auto_link_same_sku and bool(normal_sku(check.seller_sku))
    if linked is None:
        return _match(check, None, seen) if matches and not link.is_refused else Verdict()
    variant = seen.now.get(linked.variant_id)
    if variant is None:
        return Verdict(Then.AGAIN if matches else Then.DONE, _unlinked(check, "variant_deleted"))
    if linked.linked_by != "same_sku" or _is_equal(check, linked, variant):
        return Verdict()
    if not matches:
        return _without_match(check, linked, several=False)
    return _match(check, linked, seen)


def _is_equal(check: SkuCheck, linked: ProductLinked, variant: Variant) -> bool:
    """Whether both sides still have the SKU for which the link was made."""
    made_for = normal_sku(linked.seller_sku) or normal_sku(variant.sku)
    named = normal_sku(check.seller_sku) or made_for
    return named == made_for == normal_sku(variant.sku)


def _match(check: SkuCheck, linked: ProductLinked | None, seen: Seen) -> Verdict:
    """Link what carries the SKU now, if that is exactly one variant."""
    if seen.carriers is None:
        return Verdict(Then.READ)
    wanted = normal_sku(check.seller_sku)
    found = [gid for gid in seen.carriers if _sku_now(seen, gid) == wanted]
    if len(found) < len(seen.carriers) and not seen.is_after:
        return Verdict(Then.READ_ANEW)
    if len(found) != 1:
        return _without_match(check, linked, several=bool(found))
    return Verdict(event=_linked(check, found[0], linked))


def _sku_now(seen: Seen, gid: str) -> str | None:
    variant = seen.now.get(gid)
    return normal_sku(variant.sku) if variant is not None else None


def _without_match(check: SkuCheck, linked: ProductLinked | None, *, several: bool) -> Verdict:
    """The link stays where only the store gave its variant another SKU: the goods are the same.

    It goes where the seller names the SKU otherwise, and where several variants may be meant.
    """
    if linked is None:
        return Verdict()
    named, made_for = normal_sku(check.seller_sku), normal_sku(linked.seller_sku)
    is_renamed = bool(named and made_for) and named != made_for
    return Verdict(event=_unlinked(check, "sku_changed") if several or is_renamed else None)


def _linked(check: SkuCheck, gid: str, before: ProductLinked | None) -> ProductLinked:
    return events.ProductLinked(
        shop_id=check.shop_id,
        sku_id=check.sku_id,
        variant_id=gid,
        store=check.store,
        linked_by="same_sku",
        seller_sku=check.seller_sku,
        named_at=check.named_at,
        replaces=before.variant_id if before is not None else "",
    )


def _unlinked(
    check: SkuCheck, reason: Literal["variant_deleted", "sku_changed"]
) -> ProductUnlinked:
    return events.ProductUnlinked(
        shop_id=check.shop_id, sku_id=check.sku_id, unlinked_by=SOURCE, reason=reason
    )
