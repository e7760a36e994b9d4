"""Stock that an order takes, and the refusal when it may not (measured on 2026-10)."""

from collections import Counter

from simulators.shopify.session import Session
from simulators.shopify.store.records import Record, user_error

NO_STOCK = "Line items Unable to reserve inventory"


def check_stock(session: Session, order: Record) -> list[Record]:
    """One user error when a tracked variant that may not go below nothing has too few."""
    asked: Counter[str] = Counter()
    for line in order["lineItems"]:
        if line.get("variantId"):
            asked[line["variantId"]] += line["quantity"]
    variants = session.store.catalogue.variants
    if any(_is_short(variants.get(gid), quantity) for gid, quantity in asked.items()):
        return [user_error(("order", "lineItems"), NO_STOCK, "INVALID")]
    return []


def _is_short(variant: Record | None, quantity: int) -> bool:
    if variant is None or variant["inventoryPolicy"] != "DENY":
        return False
    return bool(variant["inventoryItem"]["tracked"] and variant["inventoryQuantity"] < quantity)


def claim_stock(session: Session, record: Record, options: Record) -> None:
    """Takes an order's units from the stock, unless the order goes around it."""
    if options.get("inventoryBehaviour", "BYPASS") == "BYPASS":
        return
    for line in record["lineItems"]["nodes"]:
        if line["variant"] is not None:
            session.store.catalogue.move(line["variant"]["id"], -line["quantity"])
