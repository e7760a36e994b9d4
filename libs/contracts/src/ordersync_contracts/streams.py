"""How streams are named: a category, then the ids that make it one subject.

Shop, order and SKU ids are TikTok's digit strings, so "-" separates them without doubt.
"""


def order_stream(shop_id: str, order_id: str) -> str:
    """The stream of one TikTok order."""
    return f"order-{shop_id}-{order_id}"


def shop_stream(shop_id: str) -> str:
    """The stream of one TikTok shop: connection, pauses, settings."""
    return f"shop-{shop_id}"


def link_stream(shop_id: str, sku_id: str) -> str:
    """The stream of one TikTok SKU's link to a Shopify variant."""
    return f"link-{shop_id}-{sku_id}"


def products_stream(shop_id: str) -> str:
    """The stream of what changed in the products of one shop's store."""
    return f"products-{shop_id}"


def reconciliation_stream(shop_id: str) -> str:
    """The stream of one shop's proofs of completeness."""
    return f"reconciliation-{shop_id}"


def category(stream: str) -> str:
    """The stream's category: ``order``, ``shop``, ``link``, ``products`` or ``reconciliation``."""
    return stream.partition("-")[0]


def order_of(stream: str) -> tuple[str, str]:
    """The shop id and order id of an order stream; ValueError for any other stream."""
    parts = stream.split("-")
    if len(parts) != 3 or parts[0] != "order":
        raise ValueError(f"not an order stream: {stream}")
    return parts[1], parts[2]
