"""Bundles: one SKU in TikTok that the seller ships as several items. Pure.

Partner Center, Get Order List 202309: ``line_items[].combined_listing_skus``, each part with its
number, none with a price.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from mapping.sharing import evenly
from ordersync_contracts.events import BundlePart, OrderFetched, OrderLine

MOST_UNITS: Final = 250
"""A bundle said to hold more is not believed."""
_AMOUNTS: Final = (
    "original_price",
    "sale_price",
    "seller_discount",
    "platform_discount",
    "retail_delivery_fee",
)


def explode(lines: Iterable[OrderLine], links: Mapping[str, str]) -> tuple[OrderLine, ...]:
    """Each bundle whose parts are all linked as its parts, every other unit as it is.

    A part is a unit of its own under the bundle's ``line_id``: a parcel names that one. The parts
    share the bundle's amounts evenly, to the cent. A bundle with a link of its own stays whole.
    """
    return tuple(
        unit for line in lines for unit in (_parts(line) if is_explodable(line, links) else (line,))
    )


def is_explodable(line: OrderLine, links: Mapping[str, str]) -> bool:
    """Whether it is a bundle without a link of its own, and all its parts are linked."""
    return bool(line.parts) and line.sku_id not in links and not hindrance(line, links)


def hindrance(line: OrderLine, links: Mapping[str, str]) -> str:
    """Why this bundle cannot be exploded; "" when it can, and of what is no bundle."""
    unlinked = unlinked_parts(line, links)
    if unlinked:
        return f"of bundle {line.sku_id} not linked: {', '.join(unlinked)}"
    if not _are_told(line.parts):
        return f"of bundle {line.sku_id} TikTok does not tell the parts"
    return ""


def parts_are_linked(line: OrderLine, links: Mapping[str, str]) -> str:
    """That this bundle could be exploded, in words; "" when it could not."""
    return f"all parts of bundle {line.sku_id} are linked" if is_explodable(line, links) else ""


def unlinked_parts(line: OrderLine, links: Mapping[str, str]) -> tuple[str, ...]:
    """The bundle's parts without a link, each SKU once, sorted."""
    return tuple(sorted({part.sku_id for part in line.parts} - links.keys() - {""}))


def part_ids(order: OrderFetched, sku_ids: Iterable[str]) -> frozenset[str]:
    """The SKUs of all parts of these bundles."""
    wanted = frozenset(sku_ids)
    bundles = (line for line in order.lines if line.sku_id in wanted)
    return frozenset(part.sku_id for line in bundles for part in line.parts) - {""}


def _are_told(parts: Sequence[BundlePart]) -> bool:
    are_named = all(part.sku_id and part.count > 0 for part in parts)
    return are_named and sum(part.count for part in parts) <= MOST_UNITS


def _parts(line: OrderLine) -> list[OrderLine]:
    parts = [part for part in line.parts for _ in range(part.count)]
    shared = {name: evenly(getattr(line, name), len(parts)) for name in _AMOUNTS}
    taxes = [evenly(tax.amount, len(parts)) for tax in line.taxes]
    return [
        line.model_copy(
            update={
                **_named(line, part),
                **{name: amounts[n] for name, amounts in shared.items()},
                "taxes": tuple(
                    tax.model_copy(update={"amount": amounts[n]})
                    for tax, amounts in zip(line.taxes, taxes, strict=True)
                ),
            }
        )
        for n, part in enumerate(parts)
    ]


def _named(line: OrderLine, part: BundlePart) -> dict[str, Any]:
    """TikTok gives a part no name: it has the bundle's, and its own SKU beside it."""
    return {
        "product_id": part.product_id,
        "product_name": line.product_name or f"TikTok bundle {line.sku_id}",
        "sku_id": part.sku_id,
        "sku_name": part.seller_sku or part.sku_id,
        "seller_sku": part.seller_sku,
        "parts": (),
    }
