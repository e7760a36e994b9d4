"""Line items, shipping lines and tax lines as stored (Admin GraphQL 2026-10: LineItem, TaxLine).

A linked line keeps what was sent over what the variant says; its variant title stays empty unless
sent. `requiresShipping` is never taken from the variant.
"""

from decimal import Decimal
from typing import NamedTuple

from simulators.shopify.store.money import ZERO, Bag, Currencies, total
from simulators.shopify.store.records import Record
from simulators.shopify.store.store import Store


class Priced(NamedTuple):
    """A stored line, its amount without taxes, and its taxes."""

    record: Record
    amount: Bag
    tax: Bag


def tax_lines(given: list[Record] | None, currencies: Currencies) -> tuple[list[Record], Bag]:
    """Stored tax lines and their sum; amounts are kept as sent, none sent is 0.0."""
    records = []
    bags = []
    for line in given or ():
        bag = currencies.read(line.get("priceSet"))
        bags.append(bag)
        rate = float(line["rate"])
        records.append(
            {
                "title": line["title"],
                "rate": rate,
                "ratePercentage": float(line["rate"] * Decimal(100)),
                "channelLiable": line.get("channelLiable"),
                "source": None,
                "priceSet": currencies.write(bag),
            }
        )
    return records, total(bags)


def stored_line(store: Store, given: Record, currencies: Currencies) -> Priced:
    """A line item."""
    variant = store.catalogue.variants.get(given.get("variantId") or "")
    unit = currencies.read(given.get("priceSet"))
    if variant and given.get("priceSet") is None:
        unit = Bag(Decimal(variant["price"]), Decimal(variant["price"]))
    amount = unit.times(given["quantity"])
    taxes, tax = tax_lines(given.get("taxLines"), currencies)
    record = {
        "id": store.ids.new("LineItem"),
        **_names(given, variant),
        "taxable": given["taxable"],
        "requiresShipping": given["requiresShipping"],
        "isGiftCard": given["giftCard"],
        "customAttributes": _attributes(given.get("properties")),
        "discountAllocations": [],
        "taxLines": taxes,
        **_quantities(given),
        **_prices(unit, amount, currencies),
    }
    return Priced(record, amount, tax)


def _names(given: Record, variant: Record | None) -> Record:
    product = variant["product"] if variant else None
    title = given.get("title") or (product["title"] if product else "")
    variant_title = given.get("variantTitle")
    return {
        "title": title,
        "variantTitle": variant_title,
        "name": f"{title} - {variant_title}" if variant_title else title,
        "sku": given.get("sku") or (variant["sku"] if variant else None),
        "vendor": given.get("vendor") or (product["vendor"] if product else None),
        "variant": variant,
        "product": product,
    }


def _quantities(given: Record) -> Record:
    quantity = given["quantity"]
    return {
        "quantity": quantity,
        "currentQuantity": quantity,
        "refundableQuantity": quantity,
        "unfulfilledQuantity": quantity if given["requiresShipping"] else 0,
        "fulfillmentStatus": "unfulfilled",
    }


def _prices(unit: Bag, amount: Bag, currencies: Currencies) -> Record:
    unit_set, amount_set = currencies.write(unit), currencies.write(amount)
    return {
        "originalUnitPriceSet": unit_set,
        "discountedUnitPriceSet": unit_set,
        "originalTotalSet": amount_set,
        "discountedTotalSet": amount_set,
    }


def _attributes(properties: list[Record] | None) -> list[Record]:
    return [{"key": custom["name"], "value": custom["value"]} for custom in properties or ()]


def stored_shipping_line(store: Store, given: Record, currencies: Currencies) -> Priced:
    """A shipping line."""
    price = currencies.read(given["priceSet"])
    taxes, tax = tax_lines(given.get("taxLines"), currencies)
    record = {
        "id": store.ids.new("ShippingLine"),
        "title": given["title"],
        "code": given.get("code") or given["title"],
        "source": given.get("source"),
        "originalPriceSet": currencies.write(price),
        "discountedPriceSet": currencies.write(price),
        "taxLines": taxes,
    }
    return Priced(record, price, tax)


def merged_tax_lines(lines: list[Priced], currencies: Currencies) -> list[Record]:
    """An order's own tax lines: those of its lines, added up by title and rate."""
    merged: dict[tuple[str, float], tuple[Record, Bag]] = {}
    for line in lines:
        for tax in line.record["taxLines"]:
            key = (tax["title"], tax["rate"])
            amount = currencies.read_written(tax["priceSet"])
            merged[key] = (tax, merged[key][1].plus(amount) if key in merged else amount)
    return [{**tax, "priceSet": currencies.write(bag)} for tax, bag in merged.values()]


def shares(amount: Bag, of: list[Bag]) -> list[Bag]:
    """An amount divided in proportion, to the cent; the last part takes the remainder."""
    whole = total(of)
    parts: list[Bag] = []
    left = amount
    for part in of[:-1]:
        ratio = part.shop / whole.shop if whole.shop else Decimal(0)
        share = amount.times(ratio).to_cents()
        parts.append(share)
        left = left.minus(share)
    return [*parts, left] if of else [ZERO]
