"""Product variants: the store's side of product links."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from shopify.wire import PageInfo, WireModel, at


class Variant(WireModel):
    """One variant. SKUs may be empty and need not be unique; ``price`` is in store currency."""

    id: str
    sku: str | None = None
    barcode: str | None = None
    title: str
    price: Decimal


class VariantsPage(WireModel):
    """One page of variants; ``page_info.next_cursor`` is the next call's ``after``."""

    nodes: tuple[Variant, ...]
    page_info: PageInfo


def read_variants(data: Mapping[str, Any]) -> VariantsPage:
    """Read ``variants_page``."""
    return VariantsPage.read(at(data, "productVariants"))


def read_variants_by_ids(data: Mapping[str, Any], ids: Sequence[str]) -> dict[str, Variant | None]:
    """Read ``variants_by_ids(ids)``: each gid with its variant, None when it was deleted."""
    return Variant.read_by_ids(data, ids)
