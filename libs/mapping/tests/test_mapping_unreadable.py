"""Which unreadable fields keep an order from being translated."""

from collections.abc import Callable

import pytest

from mapping.amounts import Unreadable, first_unreadable
from ordersync_contracts.events import OrderFetched

Fetched = Callable[..., OrderFetched]


@pytest.mark.parametrize(
    "field",
    [
        "payment",
        "payment.total_amount",
        "payment.shipping_fee",
        "line_items",
        "line_items[0]",
        "line_items[3].sale_price",
        "line_items[0].item_tax[1].tax_amount",
        "line_items[0].platform_discount",
    ],
)
def test_an_amount_that_cannot_be_read_blocks(fetched: Fetched, field: str) -> None:
    assert first_unreadable(fetched(problems=(field,))) == Unreadable(field)


@pytest.mark.parametrize(
    "field",
    [
        "line_items[0].item_tax[0].tax_rate",
        "line_items[0].original_price",
        "line_items[0].gift_retail_price",
        "payment.original_shipping_fee",
        "payment.original_total_product_price",
        "line_items[0].product_name",
        "line_items[0].display_status",
        "buyer_message",
        "packages[0]",
    ],
)
def test_any_other_field_blocks_nothing(fetched: Fetched, field: str) -> None:
    assert first_unreadable(fetched(problems=(field,))) is None
