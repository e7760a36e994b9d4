"""Links between TikTok SKUs and Shopify variants."""

from typing import ClassVar, Literal

from pydantic import AwareDatetime

from ordersync_contracts.events.event import ShopEvent


class ProductLinked(ShopEvent):
    """This TikTok SKU is that Shopify variant, and how we know.

    ``seller_sku``: the seller's own SKU that the link was made for, in small letters, and
    ``named_at`` when the order was placed that had it; "" and None for a link that rests on none.
    ``replaces``: the variant that it was until now.
    """

    TOPIC: ClassVar = "product-link"

    sku_id: str
    variant_id: str
    store: str
    linked_by: Literal["person", "same_sku", "import"]
    person: str = ""
    seller_sku: str = ""
    named_at: AwareDatetime | None = None
    replaces: str = ""


class ProductUnlinked(ShopEvent):
    """This TikTok SKU has no Shopify variant any more, and why.

    ``sku_changed``: it was linked because SKUs were equal, and they are not any more.
    """

    TOPIC: ClassVar = "product-link"

    sku_id: str
    unlinked_by: str
    reason: Literal["person", "variant_deleted", "sku_changed"] = "person"


class ProductsChanged(ShopEvent):
    """Something changed in the products of the shop's store; said once for all of five minutes.

    ``deleted``: a product is gone.
    """

    TOPIC: ClassVar = "product-link"

    store: str
    deleted: bool = False
