"""Bundles become their parts: whatever the parts, the money is the same to the cent."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from libs.mapping.tests.golden_cases import order, shop, shown, source, taxes

from mapping.bundles import MOST_UNITS, explode, part_ids
from mapping.draft import Source, translate
from mapping.preview import preview
from mapping.sharing import evenly, shares
from ordersync_contracts.events import OrderBlocked, OrderFetched, OrderLine, ShopifyOrderDraft

CENT = Decimal("0.01")
PARTS = ("mug", "cap", "pen")
ALL = dict.fromkeys(PARTS, "gid://1")


def cents(most: int) -> st.SearchStrategy[Decimal]:
    return st.integers(0, most).map(lambda n: Decimal(n) / 100)


UNITS = st.fixed_dictionaries(
    {
        "sku_id": st.sampled_from(["set", "other set", "mug"]),
        "sale_price": st.sampled_from([Decimal(0), CENT]) | cents(9_000),
        "platform_discount": cents(300),
        "tax": cents(500),
        "status": st.sampled_from(["", "", "CANCELLED"]),
        "parts": st.lists(st.tuples(st.sampled_from(PARTS), st.integers(1, 4)), max_size=4),
    }
)


def made_of(units: list[dict[str, Any]], **payment: Any) -> OrderFetched:
    """An order of these units, of which only a ``set`` has parts; its total holds those kept."""
    lines = [
        {
            **{name: unit[name] for name in unit.keys() - {"tax", "parts"}},
            "line_id": f"{n:03}",
            "currency": "USD",
            "taxes": [{"type": "SALES_TAX", "rate": "0.0625", "amount": unit.get("tax", 0)}],
            "parts": [
                {"sku_id": sku, "seller_sku": sku.upper(), "count": count}
                for sku, count in unit["parts"]
                if unit["sku_id"] != "mug"
            ],
        }
        for n, unit in enumerate(units)
    ]
    kept = [unit for unit in units if unit.get("status") != "CANCELLED"]
    total = sum((unit["sale_price"] + unit.get("tax", 0) for unit in kept), Decimal(0))
    told = order("bundle").model_dump(mode="json") | {"lines": lines}
    told["payment"] = {"currency": "USD", "total": total, **payment}
    return OrderFetched.model_validate(told)


def translated(
    fetched: OrderFetched, links: Mapping[str, str] = ALL, **wanted: str
) -> ShopifyOrderDraft | OrderBlocked:
    special = {"settings": {"bundles": "explode", **wanted}}
    return translate(Source(fetched, 1, shop(special), links))


@settings(max_examples=60, deadline=None)
@given(
    units=st.lists(UNITS, min_size=1, max_size=5),
    discounts=st.sampled_from(["buyer_paid", "merchant_revenue"]),
)
@example(
    units=[{"sku_id": "set", "sale_price": CENT, "parts": [("mug", 3)]}], discounts="buyer_paid"
)
def test_a_draft_of_parts_has_the_money_of_the_draft_of_whole_bundles(
    units: list[dict[str, Any]], discounts: str
) -> None:
    fetched = made_of(units)
    whole = translated(
        fetched, {**ALL, "set": "gid://2", "other set": "gid://3"}, discounts=discounts
    )
    exploded = translated(fetched, unlinked_items="custom_line", discounts=discounts)
    assert isinstance(whole, ShopifyOrderDraft)
    assert isinstance(exploded, ShopifyOrderDraft)
    assert shown(exploded) == exploded.total == whole.total
    assert taxes(exploded) == taxes(whole)
    assert exploded.failed_identities == whole.failed_identities
    assert all(line.quantity == len(line.line_ids) for line in exploded.lines)
    parts = [
        (f"{n:03}", sku)
        for n, unit in enumerate(units)
        if unit.get("status") != "CANCELLED"
        for sku, count in (unit["parts"] if unit["sku_id"] != "mug" else [])
        or [(unit["sku_id"], 1)]
        for _ in range(count)
    ]
    made = [(unit, line.sku_id) for line in exploded.lines for unit in line.line_ids]
    assert sorted(made) == sorted(parts)


@settings(max_examples=60, deadline=None)
@given(amount=st.decimals(-100, 100, places=3), units=st.integers(1, 40))
def test_an_amount_is_shared_evenly_and_exactly(amount: Decimal, units: int) -> None:
    parts = evenly(amount, units)
    assert (len(parts), sum(parts)) == (units, amount)
    assert max(parts) - min(parts) <= 2 * CENT


def test_the_cent_that_is_left_of_a_share_goes_to_the_largest_remainder() -> None:
    units = [{"sku_id": "mug", "sale_price": Decimal(n), "parts": []} for n in (1, 2)]
    shared = shares(CENT, made_of(units).lines)
    assert [part for _, part in shared] == [Decimal(0), CENT]


def test_what_only_the_order_names_is_shared_out_before() -> None:
    """The tax and the payment platform's discount are of TikTok's lines, which have ids."""
    units = [{"sku_id": "set", "sale_price": Decimal("30.00"), "parts": [("mug", 1), ("cap", 2)]}]
    fetched = made_of(
        units, total="31.88", tax="1.88", product_tax="1.88", payment_platform_discount=0
    )
    untaxed = fetched.lines[0].model_copy(update={"taxes": ()})
    made = translated(fetched.model_copy(update={"lines": (untaxed,)}))
    assert isinstance(made, ShopifyOrderDraft)
    assert (taxes(made), shown(made), made.adjustment) == (Decimal("1.88"), made.total, None)
    discounted = made_of(units, total="25.00", payment_platform_discount="5.00")
    less = translated(discounted)
    assert isinstance(less, ShopifyOrderDraft)
    assert (shown(less), less.adjustment) == (Decimal("25.00"), None)


@pytest.mark.parametrize("count", [0, -1, MOST_UNITS + 1, 10**9])
def test_a_number_of_parts_that_cannot_be_leaves_the_bundle_whole(count: int) -> None:
    unit = {"sku_id": "set", "sale_price": Decimal(1), "parts": [("mug", count)]}
    blocked = translated(made_of([unit]))
    assert isinstance(blocked, OrderBlocked)
    told = (blocked.reason_code, blocked.detail)
    assert told == ("unlinked_sku", "of bundle set TikTok does not tell the parts")


def test_more_lines_than_shopify_takes_are_counted_after_exploding() -> None:
    parts = [[(f"{n}-{side}", 1) for side in "ab"] for n in range(126)]
    units = [{"sku_id": "set", "sale_price": Decimal(1), "parts": part} for part in parts]
    links = {sku: "gid://1" for part in parts for sku, _ in part}
    blocked = translated(made_of(units), links)
    assert isinstance(blocked, OrderBlocked)
    assert (blocked.reason_code, blocked.detail) == ("too_many_lines", "252 different items")


def test_the_preview_shows_the_parts_and_what_they_lack() -> None:
    items = [row for row in preview(source("bundle_exploded")).rows if row.shopify == "lineItems"]
    assert [row.shopify_value for row in items] == [
        "1 × 13.34, gid://shopify/ProductVariant/101",
        "2 × 13.33, gid://shopify/ProductVariant/102",
    ]
    blocked = preview(source("bundle_with_an_unlinked_part")).blocked
    assert blocked is not None
    assert blocked.detail == "of bundle BOX not linked: 1729500000000000002"
    assert preview(source("bundle_whose_parts_are_linked")).reason_code == "unlinked_bundle"


def test_a_part_is_a_unit_with_a_product_and_skus_of_its_own_and_no_bundle() -> None:
    told = {
        "line_id": "1",
        "product_id": "box",
        "product_name": "Gift box",
        "sku_id": "BOX",
        "seller_sku": "BOX-1",
        "currency": "USD",
        "parts": [
            {"product_id": "p-1", "sku_id": "mug", "seller_sku": "MUG-1"},
            {"product_id": "p-2", "sku_id": "cap"},
        ],
    }
    units = explode([OrderLine.model_validate(told)], ALL)
    named = [(u.product_id, u.sku_id, u.sku_name, u.seller_sku, u.parts) for u in units]
    assert named == [("p-1", "mug", "MUG-1", "MUG-1", ()), ("p-2", "cap", "cap", "", ())]
    assert {(u.line_id, u.product_name) for u in units} == {("1", "Gift box")}


def test_the_parts_of_bundles_are_known_by_the_bundles() -> None:
    fetched = order("bundle_exploded")
    assert part_ids(fetched, ["BOX"]) == {"1729500000000000001", "1729500000000000002"}
    assert part_ids(fetched, ["1729500000000000001"]) == frozenset()
