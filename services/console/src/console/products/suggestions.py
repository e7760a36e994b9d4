"""Which Shopify variant a TikTok SKU may be: by equal values only, never guessed. Pure.

In this order: the seller's SKU (trimmed, whatever the case), the external SKU id that a connector
gave (a variant's number or gid), the barcode. The first that any variant has decides; when several
variants have it, the SKU is ambiguous and a person chooses.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ordersync_contracts.events import ProductLinked
from shopify.variants import Variant

Found = Literal["linked", "deleted", "changed", "proposed", "ambiguous", "nothing"]
By = Literal["", "seller_sku", "external_sku_id", "barcode"]


@dataclass(frozen=True, slots=True)
class TikTokSku:
    """One SKU as the TikTok shop lists it."""

    sku_id: str
    seller_sku: str = ""
    external_sku_id: str = ""
    barcode: str = ""
    product_id: str = ""
    product_name: str = ""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What was found for one SKU.

    ``linked``: it has its variant. ``deleted``: the linked variant is gone. ``changed``: the
    variant that was linked for its equal SKU carries another one now. ``proposed``: exactly one
    candidate.
    """

    sku: TikTokSku
    found: Found
    by: By = ""
    candidates: tuple[Variant, ...] = ()

    @property
    def variant_id(self) -> str | None:
        """The one variant that is proposed or linked; None else."""
        has_one = self.found in {"proposed", "linked", "changed"}
        return self.candidates[0].id if has_one else None


class VariantIndex:
    """A store's variants by every value that can name them."""

    def __init__(self, variants: Iterable[Variant]) -> None:
        self._by_id: dict[str, Variant] = {}
        self._named: Mapping[By, dict[str, list[Variant]]] = {
            "seller_sku": defaultdict(list),
            "external_sku_id": defaultdict(list),
            "barcode": defaultdict(list),
        }
        for variant in variants:
            self._add(variant)

    def _add(self, variant: Variant) -> None:
        self._by_id[variant.id] = variant
        names: tuple[tuple[By, str], ...] = (
            ("seller_sku", normal(variant.sku)),
            ("external_sku_id", variant.id),
            ("external_sku_id", variant.id.rpartition("/")[2]),
            ("barcode", normal(variant.barcode)),
        )
        for by, name in names:
            if name:
                self._named[by][name].append(variant)

    def of(self, variant_id: str) -> Variant | None:
        """The variant with this gid."""
        return self._by_id.get(variant_id)

    def candidates(self, sku: TikTokSku) -> tuple[By, tuple[Variant, ...]]:
        """By what the first variants were found, and which; nothing: "" and none."""
        names: tuple[tuple[By, str], ...] = (
            ("seller_sku", normal(sku.seller_sku)),
            ("external_sku_id", sku.external_sku_id.strip()),
            ("barcode", normal(sku.barcode)),
        )
        for by, name in names:
            if name and (found := self._named[by].get(name)):
                return by, tuple(found)
        return "", ()


def normal(text: str | None) -> str:
    """Values are equal when they differ only in case and surrounding space."""
    return (text or "").strip().casefold()


def suggest(
    skus: Sequence[TikTokSku], variants: VariantIndex, links: Mapping[str, ProductLinked]
) -> tuple[Suggestion, ...]:
    """One suggestion per SKU, in their order; ``links`` are those that hold, by SKU id."""
    return tuple(_suggestion(sku, variants, links.get(sku.sku_id)) for sku in skus)


def _suggestion(sku: TikTokSku, variants: VariantIndex, link: ProductLinked | None) -> Suggestion:
    by, candidates = variants.candidates(sku)
    if link is None:
        return Suggestion(sku, _verdict(candidates), by, candidates)
    variant = variants.of(link.variant_id)
    if variant is None:
        return Suggestion(sku, "deleted", by, candidates)
    has_changed = link.linked_by == "same_sku" and normal(variant.sku) != normal(sku.seller_sku)
    return Suggestion(sku, "changed" if has_changed else "linked", "", (variant,))


def _verdict(candidates: Sequence[Variant]) -> Found:
    if not candidates:
        return "nothing"
    return "proposed" if len(candidates) == 1 else "ambiguous"
