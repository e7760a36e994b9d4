"""The demo shop's products: the same SKUs on both sides, but for two that only TikTok has.

Shapes: the simulators' control sides, `PUT /_sim/shops/{shop_id}` and `PUT /_sim/shops/{domain}`.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Item:
    """One thing for sale; `price` in USD. Unlinked: Shopify has no variant with its SKU."""

    sku: str
    title: str
    option: str
    price: str
    unlinked: bool = False


ITEMS = (
    Item("MUG-BLUE-11", "Stoneware mug 11 oz", "Blue", "18.50"),
    Item("MUG-SAND-11", "Stoneware mug 11 oz", "Sand", "18.50"),
    Item("TEE-BLK-M", "Heavyweight tee", "Black / M", "29.00"),
    Item("TEE-BLK-L", "Heavyweight tee", "Black / L", "29.00"),
    Item("CANDLE-FIG", "Soy candle, fig", "8 oz", "24.00"),
    Item("TOTE-NAT", "Canvas tote", "Natural", "15.95"),
    Item("SERUM-30", "Vitamin C serum", "30 ml", "34.90"),
    Item("BALM-MINT", "Lip balm, mint", "Single", "6.49"),
    Item("LEASH-RED", "Dog leash", "Red / 5 ft", "21.00"),
    Item("PLANTER-S", "Terracotta planter", "Small", "12.75"),
    Item("STICKERS-01", "Sticker sheet", "Only on TikTok", "3.99", unlinked=True),
    Item("MYSTERY-BOX", "Mystery box", "Only on TikTok", "49.00", unlinked=True),
)


def tiktok_products() -> list[dict[str, Any]]:
    """The catalogue as TikTok Shop lists it (Partner Center: Search Products 202502)."""
    return [_tiktok_product(number, item) for number, item in enumerate(ITEMS, start=1)]


def shopify_variants() -> list[dict[str, str]]:
    """The variants the Shopify store has (Admin GraphQL 2026-10: ProductVariant)."""
    return [
        {
            "id": f"gid://shopify/ProductVariant/{46800000000000 + number}",
            "sku": item.sku,
            "title": f"{item.title} - {item.option}",
            "price": item.price,
            "barcode": _barcode(number),
        }
        for number, item in enumerate(ITEMS, start=1)
        if not item.unlinked
    ]


def _tiktok_product(number: int, item: Item) -> dict[str, Any]:
    sku = {
        "id": str(1729592969712000000 + number),
        "seller_sku": item.sku,
        "sku_name": item.option,
        "price": {"sale_price": item.price, "currency": "USD"},
        "identifier_code": {"code": _barcode(number), "type": "UPC"},
    }
    product_id = str(1729592969711000000 + number)
    return {"id": product_id, "title": item.title, "skus": [sku], "unlinked": item.unlinked}


def _barcode(number: int) -> str:
    return f"8500{number:08d}"
