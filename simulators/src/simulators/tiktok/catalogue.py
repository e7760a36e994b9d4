"""A shop's products: as `PUT /_sim/shops/{shop_id}` gives them, and as TikTok shows them.

Two shapes are read. TikTok's own: `{id, title, skus: [{id, seller_sku, price: {sale_price}}]}`.
And flat, one entry per SKU: `{product_id, title, sku_id, sku_name, seller_sku, price, barcode}`;
entries of one product_id are one product. Whatever is absent is made up. `unlinked: true` on either
marks what Shopify's catalogue does not have; it is never shown to a client.

Partner Center: Search Products 202502, Get Product 202309.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from simulators.tiktok.money import written

Json = dict[str, object]

_WAREHOUSE_ID = "7068517275539719942"
_ONLY_IN_DETAIL = {"identifier_code", "sales_attributes", "external_sku_id", "combined_skus"}
_OURS = {"unlinked", "sku_name"}


@dataclass(frozen=True, slots=True)
class Sku:
    """What an order line takes from the catalogue; price before tax."""

    id: str
    product_id: str
    product_name: str
    name: str
    seller_sku: str
    price: Decimal
    unlinked: bool = False


@dataclass(frozen=True, slots=True)
class Product:
    """One product; `full` is what Get Product answers."""

    id: str
    status: str
    create_time: int
    update_time: int
    full: Json
    skus: tuple[Sku, ...]

    def listed(self) -> Json:
        """As Search Products shows it: without what only the detail has."""
        shown = {key: value for key, value in self.full.items() if key != "external_product_id"}
        return shown | {
            "skus": [_without(sku, _ONLY_IN_DETAIL) for sku in _dicts(self.full, "skus")]
        }


class BadProduct(ValueError):
    """A product that cannot be read; names the field and the fix."""


def read_products(raw: object, now: int) -> tuple[Product, ...]:
    """The catalogue from JSON. Raises BadProduct."""
    if not isinstance(raw, list) or not all(isinstance(entry, Mapping) for entry in raw):
        raise BadProduct("products: a list of objects")
    return tuple(_product(entry, at, now) for at, entry in enumerate(_nested(raw)))


def _nested(entries: Iterable[Mapping[str, object]]) -> list[Json]:
    """Flat entries gathered into products; others as they are."""
    products: list[Json] = []
    gathered: dict[str, list[object]] = {}
    for entry in entries:
        if isinstance(entry.get("skus"), list):
            products.append(dict(entry))
            continue
        sku = _sku_of_flat(entry)
        product_id = str(entry.get("product_id") or entry.get("id") or _made_up("17295", sku))
        if product_id in gathered:
            gathered[product_id].append(sku)
            continue
        gathered[product_id] = [sku]
        title = entry.get("title") or entry.get("product_name") or entry.get("name")
        products.append({"id": product_id, "title": title, "skus": gathered[product_id]})
    return products


def _sku_of_flat(entry: Mapping[str, object]) -> Json:
    sku: Json = {
        "id": entry.get("sku_id") or entry.get("id"),
        "seller_sku": entry.get("seller_sku", entry.get("sku", "")),
        "price": entry.get("price"),
        "sku_name": entry.get("sku_name"),
        "unlinked": bool(entry.get("unlinked")),
    }
    if entry.get("barcode"):
        sku["identifier_code"] = {"code": str(entry["barcode"]), "type": "UPC"}
    return sku


def _product(raw: Json, at: int, now: int) -> Product:
    product_id = str(raw.get("id") or _made_up("17295", at))
    title = str(raw.get("title") or f"Product {at + 1}")
    skus = _dicts(raw, "skus")
    sold = tuple(
        _sku(sku, product_id, title, unlinked=bool(raw.get("unlinked") or sku.get("unlinked")))
        for sku in skus
    )
    full = _without(raw, _OURS) | {
        "id": product_id,
        "title": title,
        "status": str(raw.get("status") or "ACTIVATE"),
        "create_time": _seconds(raw, "create_time", now),
        "update_time": _seconds(raw, "update_time", now),
        "sales_regions": raw.get("sales_regions") or ["US"],
        "skus": [_shown_sku(sku, known) for sku, known in zip(skus, sold, strict=True)],
    }
    return Product(
        product_id,
        str(full["status"]),
        _seconds(full, "create_time", now),
        _seconds(full, "update_time", now),
        full,
        sold,
    )


def _sku(raw: Json, product_id: str, title: str, *, unlinked: bool) -> Sku:
    return Sku(
        id=str(raw.get("id") or _made_up("27293", (product_id, raw))),
        product_id=product_id,
        product_name=title,
        name=str(raw.get("sku_name") or "Default"),
        seller_sku=str(raw.get("seller_sku") or ""),
        price=_price(raw.get("price")),
        unlinked=unlinked,
    )


def _shown_sku(raw: Json, sku: Sku) -> Json:
    price = {"currency": "USD", "sale_price": written(sku.price)}
    given = raw.get("price")
    return {
        "inventory": [{"warehouse_id": _WAREHOUSE_ID, "quantity": 999}],
        **_without(raw, _OURS),
        "id": sku.id,
        "seller_sku": sku.seller_sku,
        "price": {**price, "tax_exclusive_price": price["sale_price"]}
        | (dict(given) if isinstance(given, Mapping) else {}),
    }


def _price(raw: object) -> Decimal:
    if isinstance(raw, Mapping):
        raw = raw.get("sale_price") or raw.get("tax_exclusive_price") or raw.get("amount")
    try:
        price = Decimal(str(raw or "19.99"))
    except InvalidOperation:
        raise BadProduct("products[].price: a decimal such as 19.99") from None
    if not price.is_finite() or price < 0:
        raise BadProduct("products[].price: a decimal such as 19.99")
    return price


def _made_up(head: str, what: object) -> str:
    digest = hashlib.sha256(repr(what).encode()).digest()
    return head + str(int.from_bytes(digest[:8], "big")).zfill(20)[-14:]


def _dicts(raw: Json, key: str) -> list[Json]:
    value = raw.get(key)
    return (
        [dict(item) for item in value if isinstance(item, Mapping)]
        if isinstance(value, list)
        else []
    )


def _without(raw: Mapping[str, object], keys: set[str]) -> Json:
    return {key: value for key, value in raw.items() if key not in keys}


def _seconds(raw: Json, key: str, default: int) -> int:
    value = raw.get(key)
    return value if isinstance(value, int) else default
