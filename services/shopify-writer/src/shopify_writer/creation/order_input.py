"""The draft and the buyer's data → the variables of ``orderCreate``. Pure.

Admin GraphQL 2026-10: OrderCreateOrderInput, OrderCreateOptionsInput.
"""

import hashlib
import hmac
import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final, TypeVar

from mapping.address import to_address, to_customer
from mapping.recipient import Buyer
from ordersync_contracts.events import (
    Attribute,
    DraftLine,
    DraftShippingLine,
    DraftTax,
    ShopifyOrderDraft,
)
from shopify_jobs.left_out import TEXT, Input, LeftOut

GATEWAY: Final = "TikTok Shop"
ID_NAMESPACE: Final = "$app"
ID_KEY: Final = "tiktok_order_id"
Variables = dict[str, Any]
_Part = TypeVar("_Part", DraftLine, DraftShippingLine, Attribute)


def to_variables(
    draft: ShopifyOrderDraft, buyer: Buyer, left_out: LeftOut
) -> tuple[Variables, tuple[str, ...]]:
    """The variables, and what is not sent of the order, in words (``phone``, ``address``)."""
    draft, cut = _fitting(draft)
    order: Variables = {
        "currency": draft.currency,
        "processedAt": draft.placed_at.isoformat(),
        "sourceIdentifier": draft.order_id,
        "tags": list(draft.tags),
        "customAttributes": [{"key": a.key, "value": a.value} for a in draft.attributes],
        "buyerAcceptsMarketing": False,
        "taxesIncluded": False,
        "lineItems": [_line(line, draft.currency) for line in draft.lines],
        "shippingLines": [_shipping(line, draft.currency) for line in draft.shipping_lines],
        "financialStatus": "PAID",
        "metafields": [id_metafield(draft.order_id)],
    }
    if draft.total:
        order["transactions"] = [_transaction(draft)]
    given, absent = _of_buyer(draft, buyer)
    sent, refused = left_out.take_from(given)
    options = {
        "inventoryBehaviour": draft.inventory,
        "sendReceipt": False,
        "sendFulfillmentReceipt": False,
    }
    return {"order": order | sent, "options": options}, tuple(sorted({*absent, *refused, *cut}))


def id_metafield(order_id: str) -> Variables:
    """The metafield that says which TikTok order it is, unique in the store."""
    return {"namespace": ID_NAMESPACE, "key": ID_KEY, "type": "id", "value": order_id}


def digest(variables: Variables, key: bytes) -> str:
    """A keyed hash of the input, so that it can be compared but not guessed."""
    canonical = json.dumps(variables, sort_keys=True, separators=(",", ":")).encode()
    return hmac.new(key, canonical, hashlib.sha256).hexdigest()


def _fitting(draft: ShopifyOrderDraft) -> tuple[ShopifyOrderDraft, tuple[str, ...]]:
    """The draft with its texts as long as Shopify takes them, and which of them were cut."""
    texts = {
        "item title": [line.title for line in draft.lines],
        "variant title": [line.variant_title for line in draft.lines],
        "SKU": [line.sku for line in draft.lines],
        "shipping title": [shipping.title for shipping in draft.shipping_lines],
        "additional detail": [attribute.value for attribute in draft.attributes],
    }
    long = [name for name, given in texts.items() if any(len(text) > TEXT for text in given)]
    if not long:
        return draft, ()
    cut = {
        "lines": tuple(_cut(line, "title", "variant_title", "sku") for line in draft.lines),
        "shipping_lines": tuple(_cut(line, "title") for line in draft.shipping_lines),
        "attributes": tuple(_cut(attribute, "value") for attribute in draft.attributes),
    }
    said = tuple(f"{name} beyond {TEXT} characters" for name in long)
    return draft.model_copy(update=cut), said


def _cut(value: _Part, *names: str) -> _Part:
    return value.model_copy(update={name: getattr(value, name)[:TEXT] for name in names})


def _of_buyer(draft: ShopifyOrderDraft, buyer: Buyer) -> tuple[Input, tuple[str, ...]]:
    """The buyer's part of the input, and what TikTok gave no usable value for."""
    recipient = buyer.recipient
    address = to_address(recipient) if recipient else None
    customer = to_customer(recipient) if recipient and draft.customer == "relay" else None
    given: Input = {}
    if address is not None:
        given["shippingAddress"] = dict(address.fields)
    if customer:
        given["customer"] = {"toUpsert": customer}
    if buyer.message:
        given["note"] = buyer.message
    return given, address.left_out if address is not None else ("address",)


def _line(line: DraftLine, currency: str) -> Variables:
    linked = {"variantId": line.variant_id} if line.variant_id else {}
    return linked | {
        "title": line.title,
        "variantTitle": line.variant_title or None,
        "sku": line.sku or None,
        "quantity": line.quantity,
        "priceSet": _money(line.unit_price, currency),
        "requiresShipping": True,
        "taxLines": _taxes(line.taxes, currency),
        "properties": [
            {"name": "_tiktok_line_ids", "value": ",".join(line.line_ids)},
            {"name": "_tiktok_sku_id", "value": line.sku_id},
        ],
    }


def _shipping(line: DraftShippingLine, currency: str) -> Variables:
    return {
        "title": line.title,
        "source": GATEWAY,
        "priceSet": _money(line.price, currency),
        "taxLines": _taxes(line.taxes, currency),
    }


def _taxes(taxes: Sequence[DraftTax], currency: str) -> list[Variables]:
    return [
        {
            "title": tax.title,
            "rate": str(tax.rate),
            "priceSet": _money(tax.amount, currency),
            "channelLiable": True,
        }
        for tax in taxes
    ]


def _transaction(draft: ShopifyOrderDraft) -> Variables:
    paid_at = draft.paid_at or draft.placed_at
    return {
        "kind": "SALE",
        "status": "SUCCESS",
        "gateway": GATEWAY,
        "processedAt": paid_at.isoformat(),
        "amountSet": _money(draft.total, draft.currency),
    }


def _money(amount: Decimal, currency: str) -> Variables:
    return {"shopMoney": {"amount": f"{amount:.2f}", "currencyCode": currency}}
