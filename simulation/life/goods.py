"""What the shops sell: TikTok's SKUs, and the variants that each store has for them."""

from typing import Final

from simulation.plan import Json

SKUS: Final = tuple(f"172938247685292100{number}" for number in range(1, 4))
"""Every order's lines are of these (``life.draw``)."""
_PRODUCT: Final = "1729582718312380130"
_PRICE: Final = "24.99"


def variant_id(store: str, sku_id: str) -> str:
    """The gid of the SKU's variant in this store (its domain); no two stores share one."""
    number = int(store.partition(".")[0].rpartition("-")[2])
    return f"gid://shopify/ProductVariant/48540{number:03}{SKUS.index(sku_id) + 1:03}"


def variants(store: str) -> list[Json]:
    """All of a store's, as ``PUT /_sim/shops`` takes them. No SKU is the seller's SKU at TikTok."""
    return [
        {"id": variant_id(store, sku_id), "sku": f"SHELF-{number}", "title": "T", "price": _PRICE}
        for number, sku_id in enumerate(SKUS, start=1)
    ]


def products() -> list[Json]:
    """All of a shop's, as TikTok's ``PUT /_sim/shops`` takes them."""
    return [
        {
            "product_id": _PRODUCT,
            "title": "Classic Tee",
            "sku_id": sku_id,
            "sku_name": "Default",
            "seller_sku": "TEE-BLK-M",
            "price": _PRICE,
        }
        for sku_id in SKUS
    ]
