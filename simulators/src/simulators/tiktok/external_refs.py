"""Which orders of other platforms an order is known as (Partner Center: Add External Order
References 202406, Get External Order References 202406)."""

from collections.abc import Mapping

PLATFORMS = (
    "SHOPIFY",
    "WOOCOMMERCE",
    "BIGCOMMERCE",
    "MAGENTO",
    "SALESFORCE_COMMERCE_CLOUD",
    "CHANNEL_ADVISOR",
    "AMAZON",
    "ORDER_MANAGEMENT_SYSTEM",
    "WAREHOUSE_MANAGEMENT_SYSTEM",
    "ERP_SYSTEM",
)

Reference = Mapping[str, object]


class ExternalRefs:
    """References by order and platform; the newest of a platform stands."""

    def __init__(self) -> None:
        self._refs: dict[tuple[str, str], Reference] = {}

    def put(self, order_id: str, platform: str, reference: Reference) -> None:
        """Notes a reference."""
        self._refs[order_id, platform] = reference

    def get(self, order_id: str, platform: str) -> list[Reference]:
        """The references of an order on a platform."""
        found = self._refs.get((order_id, platform))
        return [] if found is None else [found]

    def clear(self) -> None:
        """Forgets all."""
        self._refs.clear()
