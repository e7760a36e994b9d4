"""A fault planted in a row of the field mapping turns golden cases red."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from libs.mapping.tests.golden_cases import cases, outcome, recorded

from mapping import (
    amounts,
    bundles,
    draft,
    eligibility,
    identities,
    lines,
    readings,
    shipping,
    untold_tax,
)

Fault = Callable[[Any], Any]


def _changed(**update: Any) -> Fault:
    """Whatever the function makes, with these fields changed."""

    def plant(genuine: Any) -> Any:
        return lambda *given, **named: genuine(*given, **named).model_copy(update=update)

    return plant


def _always(value: Any) -> Fault:
    return lambda genuine: lambda *given, **named: value


def _with(change: Callable[[Any], Any]) -> Fault:
    return lambda genuine: lambda *given, **named: change(genuine(*given, **named))


FAULTS: dict[str, tuple[Any, str, Fault]] = {
    "order id": (draft, "_draft", _changed(order_id="1")),
    "time created": (draft, "_draft", _changed(placed_at=None)),
    "time paid": (draft, "_draft", _changed(paid_at=None)),
    "customer": (draft, "_draft", _changed(customer="relay")),
    "address": (draft, "_draft", _changed(recipient=None)),
    "buyer message": (draft, "_draft", _changed(message=None)),
    "additional details": (draft, "additional_details", _with(lambda rows: rows[::-1])),
    "shipping method": (draft, "shipping_method", _always("Shipping")),
    "tags": (draft, "tags", _with(lambda made: made[:1])),
    "inventory": (draft, "inventory", _always("DECREMENT_IGNORING_POLICY")),
    "goods that had left": (draft, "left_at", _with(lambda at: at and at.replace(year=2025))),
    "delivery option": (draft, "to_shipping_lines", _with(lambda made: made[1:])),
    "fees": (draft, "to_shipping_lines", _with(lambda made: made[:1])),
    "items": (draft, "to_lines", _with(lambda made: made[:1])),
    "linked variant": (lines, "_to_line", _changed(variant_id=None)),
    "equal units group": (lines, "_to_line", _changed(quantity=1)),
    "discounted price": (lines, "unit_price", lambda _: lambda line, _how: line.original_price),
    "item taxes": (lines, "_to_line", _changed(taxes=())),
    "tax rates": (lines, "tax_rate", _always(Decimal(0))),
    "tax names": (lines, "tax_title", _always("Tax")),
    "shipping tax": (shipping, "_tax_on", _always(())),
    "revenue of shipping": (
        shipping,
        "shipping_price",
        lambda _: lambda pay, _how: pay.shipping_fee,
    ),
    "total": (readings, "_identities", _always(("total",))),
    "tax of the whole order": (readings, "with_untold_tax", _always(None)),
    "fee of the lines": (readings, "with_untold_fee", _always(None)),
    "payment platform's discount": (readings, "with_payment_discount", _always(None)),
    "payment platform's discount of an order": (
        identities,
        "_off_total",
        lambda _: lambda p, parts: p.total - parts,
    ),
    "fee that is not in the total": (readings, "_fees_to_leave_out", _always([])),
    "tax rates that cannot be": (lines, "_is_borne_out", _always(True)),
    "currency": (draft, "currency", lambda _: lambda told: told),
    "region": (eligibility, "country", lambda _: lambda told: told),
    "tax shared out": (untold_tax, "_on_goods", _always(Decimal(0))),
    "tax left for shipping": (untold_tax, "_on_shipping", _always(Decimal(0))),
    "largest rest": (amounts, "LARGEST_REST", _always(None)),
    "largest share": (amounts, "LARGEST_SHARE", _always(None)),
    "where a rest comes from": (amounts, "cause_of", _always("total")),
    "bundles": (draft, "explode", lambda _: lambda units, _links: units),
    "parts of bundles": (bundles, "_parts", _with(lambda made: made[:-1])),
    "bundles whose parts are linked": (draft, "is_explodable", _always(False)),
    "what a bundle lacks": (draft, "hindrance", _always("")),
    "unlinked items": (draft, "_unlinked", _always(None)),
    "most lines": (draft, "MOST_LINES", _always(None)),
    "amounts readable": (amounts, "first_unreadable", _always(None)),
    "who paid": (amounts, "funded_discounts", _with(lambda made: type(made)())),
    "identities": (draft, "failed_identities", _always(())),
    "known to another system": (draft, "_draft", _changed(known_as=())),
    "hold": (eligibility, "_hold_ends_at", _always(None)),
}
NUMBERS = {"MOST_LINES": 251, "LARGEST_REST": Decimal("500.00"), "LARGEST_SHARE": Decimal("5.00")}


@pytest.mark.parametrize("row", FAULTS)
def test_a_planted_fault_turns_a_golden_case_red(row: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module, name, fault = FAULTS[row]
    planted = NUMBERS[name] if name in NUMBERS else fault(getattr(module, name))
    monkeypatch.setattr(module, name, planted)
    assert any(_is_red(case) for case in cases())


def test_without_a_fault_every_case_is_green() -> None:
    assert not [case for case in cases() if _is_red(case)]


def _is_red(case: str) -> bool:
    try:
        return outcome(case) != recorded(case)
    except Exception:  # noqa: BLE001 - a fault that breaks the translation is found as well
        return True
