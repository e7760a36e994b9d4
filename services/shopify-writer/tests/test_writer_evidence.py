"""What another connector left on an order names the TikTok order."""

from typing import Any

import pytest
from tests.world.story import ORDER_ID

from shopify.orders import FoundOrder as ShopifyOrder
from shopify_writer.adoption.evidence import found


def order(**given: Any) -> ShopifyOrder:
    plain: dict[str, Any] = {
        "id": "gid://shopify/Order/1",
        "legacyResourceId": "1",
        "name": "#1001",
        "createdAt": "2026-11-20T10:00:00Z",
    }
    return ShopifyOrder.model_validate(plain | given)


@pytest.mark.parametrize(
    "given",
    [
        {"tags": [f"TikTokOrderID:{ORDER_ID}"]},
        {"tags": ["Shipped by TikTok", f"tiktokorderid: {ORDER_ID}"]},
        {"customAttributes": [{"key": "TikTok Shop Order ID", "value": ORDER_ID}]},
        {"customAttributes": [{"key": "tiktok_order_id", "value": f" {ORDER_ID} "}]},
        {"sourceIdentifier": ORDER_ID},
        {"metafield": {"value": ORDER_ID}},
        {"sourceIdentifier": "wholesale-12", "tags": [f"TikTokOrderID:{ORDER_ID}"]},
    ],
)
def test_what_connectors_leave_on_an_order_names_the_tiktok_order(given: dict[str, Any]) -> None:
    named = found(order(**given))
    assert named is not None
    assert (named.order_id, named.shopify_order_id) == (ORDER_ID, "gid://shopify/Order/1")


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"tags": ["TikTok", "TikTokOrderID:"]},
        {"tags": [f"OtherShopOrderID:{ORDER_ID}"]},
        {"customAttributes": [{"key": "Gift note", "value": ORDER_ID}]},
        {"customAttributes": [{"key": "TikTok Shop Order ID", "value": None}]},
        {"sourceIdentifier": "1001"},
    ],
)
def test_an_order_of_the_store_itself_stands_for_no_tiktok_order(given: dict[str, Any]) -> None:
    assert found(order(**given)) is None
