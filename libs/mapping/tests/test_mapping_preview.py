"""The preview shows what the draft will be, row by row, and why it will not."""

import pytest
from libs.mapping.tests.golden_cases import cases, outcome, source

from mapping.draft import translate
from mapping.preview import Preview, preview
from ordersync_contracts.events import ShopifyOrderDraft


def value(made: Preview, shopify: str) -> str:
    """The Shopify value of the first row of this field."""
    return next(row.shopify_value for row in made.rows if row.shopify == shopify)


@pytest.mark.parametrize("case", cases())
def test_the_preview_of_every_case_says_what_becomes_of_it(case: str) -> None:
    made = preview(source(case))
    kind, _ = outcome(case)
    assert (made.ineligible is not None) == (kind == "ineligible")
    if kind == "blocked":
        assert made.blocked == translate(source(case))
    if kind == "draft":
        assert made.reason_code is None


@pytest.mark.parametrize("case", [case for case in cases() if outcome(case)[0] == "draft"])
def test_the_preview_shows_every_value_of_the_draft(case: str) -> None:
    draft = translate(source(case))
    assert isinstance(draft, ShopifyOrderDraft)
    made = preview(source(case))
    shown = [row.shopify_value for row in made.rows]
    for line in draft.lines:
        expected = f"{line.quantity} × {line.unit_price}, {line.variant_id or 'no variant'}"
        assert expected in shown
    for n, shipping in enumerate(draft.shipping_lines):
        assert value(made, f"shippingLines[{n}]") == f"{shipping.title}: {shipping.price}"
    for detail in draft.attributes:
        assert value(made, f"Additional details: {detail.key}") == detail.value
    assert value(made, "total") == f"{draft.total} {draft.currency}"
    assert value(made, "tags") == ", ".join(draft.tags)
    assert value(made, "inventoryBehaviour") == draft.inventory
    assert value(made, "transactions").startswith("SALE" if draft.total else "none")


def test_a_carried_rest_is_said() -> None:
    made = preview(source("rest_positive"))
    (total,) = [row for row in made.rows if row.shopify == "total"]
    assert "carried by shipping_line" in total.remark


def test_an_unlinked_item_is_shown_without_variant() -> None:
    made = preview(source("unlinked_skus"))
    assert made.reason_code == "unlinked_sku"
    assert any(row.shopify_value.endswith("no variant") for row in made.rows)
    assert value(made, "total") == "not settled"


def test_amounts_that_cannot_be_read_are_not_shown() -> None:
    made = preview(source("amount_negative"))
    assert made.reason_code == "unreadable_amount"
    assert not [row for row in made.rows if row.shopify in {"lineItems", "total"}]


def row(case: str, tiktok: str) -> tuple[str, str, str]:
    (found,) = [row for row in preview(source(case)).rows if row.tiktok == tiktok]
    return found.tiktok_value, found.shopify_value, found.remark


@pytest.mark.parametrize(
    ("case", "settled"), [("unlinked_skus", "not settled"), ("rest_positive", "USD")]
)
def test_tiktoks_total_has_its_row_settled_or_not(case: str, settled: str) -> None:
    told, shown, _ = row(case, "payment.total_amount")
    assert told.endswith(" USD")
    assert shown.endswith(settled)


def test_a_fee_that_the_total_does_not_hold_is_said() -> None:
    left_out = ("1.00", "left out", "TikTok's total does not hold it")
    assert row("fee_not_in_the_total", "payment.handling_fee") == left_out
    assert row("one_of_two_fees_not_in_the_total", "payment.handling_fee") == left_out


FUNDED = "funded by a payment platform"


@pytest.mark.parametrize(
    ("case", "shown"),
    [
        ("payment_discount", ("8.00", "taken off the prices", FUNDED)),
        ("payment_discount_above_the_goods", ("6.00", "taken off the prices", FUNDED)),
        ("payment_discount_as_revenue", ("8.00", "not taken off", FUNDED)),
        (
            "payment_discount_not_in_the_total",
            ("8.00", "not taken off", f"{FUNDED}; TikTok's total is not less"),
        ),
    ],
)
def test_what_became_of_a_payment_platforms_discount_is_said(
    case: str, shown: tuple[str, str, str]
) -> None:
    assert row(case, "payment.payment_platform_discount") == shown
