"""Links between TikTok SKUs and Shopify variants."""

from typing import ClassVar, Literal

from ordersync_contracts.events.event import ShopEvent


class ProductLinked(ShopEvent):
    """This TikTok SKU is that Shopify variant, and how we know."""

    TOPIC: ClassVar = "product-link"

    sku_id: str
    variant_id: str
    store: str
    linked_by: Literal["person", "same_sku", "import"]
    person: str = ""


class ProductUnlinked(ShopEvent):
    """This TikTok SKU has no Shopify variant any more, and why."""

    TOPIC: ClassVar = "product-link"

    sku_id: str
    unlinked_by: str
    reason: Literal["person", "variant_deleted"] = "person"
