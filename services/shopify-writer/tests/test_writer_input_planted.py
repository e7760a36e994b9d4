"""A fault planted in a row of the field mapping, where the input is made, turns a case red."""

import importlib.util
import inspect
import json
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pytest
from tests.world.story import BUYER
from tests.world.writer import a_draft

from mapping import address
from mapping.recipient import Recipient
from ordersync_contracts import events
from shopify_writer.creation import order_input

GOLDEN: Final = Path(__file__).parent / "golden_inputs.json"
"""What ``orderCreate`` is asked for in each case; checked by hand, row by row."""
MASKED: Final = Recipient(
    name="P**** P****",
    phone="(+1)213-***-0147",
    email="v2planted@chat.seller.tiktok.com",
    line1="77 ****",
    city="Los Angeles",
    state="California",
    region="US",
)
NAMELESS: Final = Recipient(line1="77 Planted Parkway", city="Los Angeles", region="US")
FAULTS: Final = {
    "order id as source": ('"sourceIdentifier": draft.order_id,', ""),
    "order id as metafield": ('"key": ID_KEY, "type": "id"', '"key": "id", "type": "id"'),
    "type of the metafield": ('"type": "id", "value"', '"type": "single_line_text", "value"'),
    "time created": ("draft.placed_at.isoformat(),", "draft.paid_at.isoformat(),"),
    "customer": ("if customer:", "if not customer:"),
    "customer setting": ('draft.customer == "relay"', "True"),
    "address": ('given["shippingAddress"] = dict(', 'given["billingAddress"] = dict('),
    "masked phone": ("dict(address.fields)", 'address.fields | {"phone": recipient.phone}'),
    "delivery option": ('"title": line.title,\n        "source"', '"title": GATEWAY, "source"'),
    "buyer message": ('given["note"] = buyer.message', "pass"),
    "additional details": ('"customAttributes": [', '"metadata": ['),
    "linked variant": ('{"variantId": line.variant_id} if line.variant_id else {}', "{}"),
    "quantity": ('"quantity": line.quantity,', '"quantity": 1,'),
    "discounted price": ("_money(line.unit_price, currency)", "_money(Decimal(1), currency)"),
    "requires shipping": ('"requiresShipping": True,', '"requiresShipping": False,'),
    "item and shipping taxes": ("for tax in taxes", "for tax in taxes[1:]"),
    "taxes before the price": ('"taxesIncluded": False,', '"taxesIncluded": True,'),
    "taxes paid by the channel": ('"channelLiable": True,', '"channelLiable": False,'),
    "fees": ("for line in draft.shipping_lines]", "for line in draft.shipping_lines[:1]]"),
    "paid": ('"financialStatus": "PAID",', '"financialStatus": "PENDING",'),
    "transaction": ('"kind": "SALE",', '"kind": "AUTHORIZATION",'),
    "gateway": ('"gateway": GATEWAY,', '"gateway": "manual",'),
    "paid time": ("draft.paid_at or draft.placed_at", "draft.placed_at"),
    "total": ("_money(draft.total, draft.currency)", "_money(Decimal(1), draft.currency)"),
    "total 0": ("if draft.total:", "if True:"),
    "tags": ('"tags": list(draft.tags),', '"tags": [],'),
    "inventory": ('"inventoryBehaviour": draft.inventory,', '"inventoryBehaviour": "BYPASS",'),
    "no marketing consent": ('"buyerAcceptsMarketing": False,', '"buyerAcceptsMarketing": True,'),
    "no mail of the order": ('"sendReceipt": False,', '"sendReceipt": True,'),
    "no mail of a parcel": ('"sendFulfillmentReceipt": False,', '"sendFulfillmentReceipt": True,'),
}


FAULTS_OF_ADDRESS: Final = {
    "province code": ('"provinceCode": _province(', '"province": _province('),
    "last name never empty": ('last_name or "-"', "last_name"),
    "phone that is none": (
        "phone.number if phone else",
        "phone.number if phone else known.phone or",
    ),
    "masked names of the customer": ("if value and not is_masked(value)", "if value"),
    "relay mail": ('{"email": email} | {', "{} | {"),
    "country of a territory": ('"countryCode": code,', '"countryCode": "XX",'),
}


def inputs(made_by: ModuleType) -> dict[str, Any]:
    """The variables of every case, as that module makes them."""
    buyers = {
        "whole": (a_draft(), made_by.Buyer(BUYER, "Ring twice")),
        "with a fee": (a_draft(shipping_lines=fees()), made_by.Buyer()),
        "two units": (a_draft(lines=two_units()), made_by.Buyer()),
        "masked": (a_draft(), made_by.Buyer(MASKED)),
        "nameless": (a_draft(), made_by.Buyer(NAMELESS)),
        "no customer wanted": (a_draft(customer="none"), made_by.Buyer(BUYER)),
        "free": (a_draft(total=Decimal(0)), made_by.Buyer()),
    }
    return {
        name: made_by.to_variables(draft, buyer, made_by.LeftOut())[0]
        for name, (draft, buyer) in buyers.items()
    }


def fees() -> tuple[events.DraftShippingLine, ...]:
    fee = events.DraftShippingLine(title="Retail delivery fee", price=Decimal("0.28"))
    return (*a_draft().shipping_lines, fee)


def two_units() -> tuple[events.DraftLine, ...]:
    (line,) = a_draft().lines
    return (line.model_copy(update={"quantity": 2, "line_ids": ("1", "2")}),)


def planted(old: str, new: str, folder: Path, module: ModuleType = order_input) -> ModuleType:
    """The module with this one text replaced."""
    source = inspect.getsource(module)
    assert source.count(old) == 1, f"{old} is in it {source.count(old)} times"
    path = folder / "planted.py"
    path.write_text(source.replace(old, new))
    spec = importlib.util.spec_from_file_location("planted", path)
    assert spec is not None
    assert spec.loader is not None
    wrong = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(wrong)
    return wrong


def test_without_a_fault_every_case_is_as_it_was_checked() -> None:
    assert inputs(order_input) == json.loads(GOLDEN.read_text())


@pytest.mark.parametrize("row", FAULTS)
def test_a_planted_fault_turns_a_case_red(row: str, tmp_path: Path) -> None:
    wrong = planted(*FAULTS[row], tmp_path)
    assert inputs(wrong) != json.loads(GOLDEN.read_text())


@pytest.mark.parametrize("row", FAULTS_OF_ADDRESS)
def test_a_fault_planted_in_address_or_customer_turns_a_case_red(
    row: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = planted(*FAULTS_OF_ADDRESS[row], tmp_path, address)
    monkeypatch.setattr(order_input, "to_address", wrong.to_address)
    monkeypatch.setattr(order_input, "to_customer", wrong.to_customer)
    assert inputs(order_input) != json.loads(GOLDEN.read_text())
