"""A store's products: variants with stock, as `PUT /_sim/shops` sets them."""

from collections.abc import Iterable, Mapping
from typing import Any

from simulators.shopify.store.records import Record, number_of

_STOCK = 1_000
_STATUSES = ("ACTIVE", "DRAFT", "ARCHIVED")


class BadVariant(ValueError):
    """A variant that cannot be used; the text names the field and the fix."""


def _gid(type_name: str, given: object) -> str:
    text = str(given)
    return text if text.startswith("gid://") else f"gid://shopify/{type_name}/{text}"


def read_variant(raw: object, at: int, stamp: str) -> Record:
    """A variant from its JSON: `id`, `sku`, `title`, `price`, `barcode`.

    Beyond those, all optional: `product_id`, `product_title`, `vendor`, `quantity` (stock),
    `policy` (DENY or CONTINUE), `tracked` (false: stock is not counted), `status` of its product
    (ACTIVE, DRAFT or ARCHIVED), `location` (a name; absent: the store's only one).
    """
    if not isinstance(raw, Mapping) or not raw.get("id"):
        raise BadVariant(f"variants[{at}].id: missing; give a number or a ProductVariant gid")
    gid = _gid("ProductVariant", raw["id"])
    title = str(raw.get("title") or "Default Title")
    return {
        "id": gid,
        "legacyResourceId": number_of(gid),
        **_described(raw, gid, title, _one_of(_STATUSES, raw, "status", at)),
        "inventoryQuantity": _stock(raw, at),
        "inventoryPolicy": _one_of(("DENY", "CONTINUE"), raw, "policy", at),
        "inventoryItem": _inventory_item(gid, tracked=raw.get("tracked") is not False),
        "location": raw.get("location"),
        **dict.fromkeys(("createdAt", "updatedAt"), stamp),
    }


def _one_of(choices: tuple[str, ...], raw: Mapping[str, Any], field: str, at: int) -> str:
    value = raw.get(field, choices[0])
    if value not in choices:
        raise BadVariant(f"variants[{at}].{field}: one of {', '.join(choices)}")
    return str(value)


def _described(raw: Mapping[str, Any], gid: str, title: str, status: str) -> Record:
    product = _product(raw, gid, title, status)
    return {
        "sku": raw.get("sku"),
        "barcode": raw.get("barcode"),
        "title": title,
        "displayName": f"{product['title']} - {title}",
        "price": str(raw.get("price") or "0.00"),
        "taxable": True,
        "product": product,
        "selectedOptions": [{"name": "Title", "value": title}],
    }


def _stock(raw: Mapping[str, Any], at: int) -> int:
    quantity = raw.get("quantity", _STOCK)
    if isinstance(quantity, bool) or not isinstance(quantity, int):
        raise BadVariant(f"variants[{at}].quantity: a whole number")
    return quantity


def _inventory_item(variant: str, *, tracked: bool) -> Record:
    gid = f"gid://shopify/InventoryItem/{number_of(variant)}"
    return {"id": gid, "tracked": tracked, "requiresShipping": True}


def _product(raw: Mapping[str, Any], variant: str, title: str, status: str) -> Record:
    name = str(raw.get("product_title") or title)
    return {
        "id": _gid("Product", raw.get("product_id") or number_of(variant)),
        "title": name,
        "handle": "-".join(name.lower().split()),
        "status": status,
        "vendor": str(raw.get("vendor") or "Simulated"),
    }


class Catalogue:
    """The variants of one store, in the order of their ids, and their stock."""

    def __init__(self, variants: Iterable[Record] = ()) -> None:
        ordered = sorted(variants, key=lambda variant: (len(variant["id"]), variant["id"]))
        self.variants = {variant["id"]: variant for variant in ordered}
        self.products = {variant["product"]["id"]: variant["product"] for variant in ordered}
        self._stock = {variant["id"]: variant["inventoryQuantity"] for variant in ordered}

    def restock(self) -> None:
        """Puts every stock back to what the control side set."""
        for gid, quantity in self._stock.items():
            self.variants[gid]["inventoryQuantity"] = quantity

    def move(self, variant: str, by: int) -> None:
        """Adds to a variant's stock; does nothing for one that is gone or not counted."""
        found = self.variants.get(variant)
        if found is not None and found["inventoryItem"]["tracked"]:
            found["inventoryQuantity"] += by
