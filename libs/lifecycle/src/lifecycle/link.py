"""The Shopify variant of one TikTok SKU, folded from its link's stream."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce

from ordersync_contracts import events
from ordersync_contracts.codec import UnknownEvent
from ordersync_contracts.envelope import Recorded


@dataclass(frozen=True, slots=True)
class Link:
    """``linked``: the link that holds now. ``is_refused``: a person took the last one back.

    What a person took back is linked again by nobody but a person.
    """

    linked: events.ProductLinked | None = None
    is_refused: bool = False

    def holds_for(self, seller_skus: Iterable[str]) -> bool:
        """Whether it says which variant an order means that names the SKU by these SKUs.

        A link made because SKUs were equal says nothing of another one: the seller may have given
        the SKU to other goods.
        """
        if self.linked is None:
            return False
        if self.linked.linked_by != "same_sku" or not self.linked.seller_sku:
            return True
        named = {normal_sku(sku) for sku in seller_skus} - {""}
        return named <= {normal_sku(self.linked.seller_sku)}


def evolve(link: Link, recorded: Recorded) -> Link:
    """The link after one more event of its stream; one of a newer release changes nothing."""
    try:
        event = recorded.event
    except UnknownEvent:
        return link
    match event:
        case events.ProductLinked():
            return Link(event)
        case events.ProductUnlinked(reason=reason):
            return Link(is_refused=reason == "person")
        case _:
            return link


def fold(history: Iterable[Recorded]) -> Link:
    """What the link's stream says."""
    return reduce(evolve, history, Link())


def linked(history: Iterable[Recorded]) -> events.ProductLinked | None:
    """The link that holds now, or None when the SKU is not linked."""
    return fold(history).linked


def normal_sku(sku: str | None) -> str:
    """SKUs are equal when they differ only in case and surrounding space."""
    return (sku or "").strip().casefold()


def seller_skus(order: events.OrderFetched) -> dict[str, frozenset[str]]:
    """What the order's units to ship, and the parts of bundles, name each SKU by."""
    named: dict[str, set[str]] = {}
    for line in order.lines:
        if not line.is_cancelled:
            names = ((item.sku_id, item.seller_sku) for item in line.parts)
            for sku_id, seller_sku in ((line.sku_id, line.seller_sku), *names):
                named.setdefault(sku_id, set()).add(normal_sku(seller_sku))
    return {sku_id: frozenset(skus - {""}) for sku_id, skus in named.items() if sku_id}


def variants(
    order: events.OrderFetched, links: Mapping[str, Link], store: str | None
) -> dict[str, str]:
    """The variant of each SKU of the order, by the links that hold for it in its shop's store."""
    return {
        sku_id: link.linked.variant_id
        for sku_id, named in seller_skus(order).items()
        if (link := links.get(sku_id)) is not None
        and link.linked is not None
        and link.linked.store == store
        and link.holds_for(named)
    }
