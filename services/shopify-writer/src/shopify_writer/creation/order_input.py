"""The draft and the buyer's data → the variables of ``orderCreate``. Pure.

Admin GraphQL 2026-10: OrderCreateOrderInput, OrderCreateOptionsInput.
"""

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from mapping.address import to_address, to_customer
from mapping.recipient import Buyer
from ordersync_contracts.events import DraftLine, DraftShippingLine, DraftTax, ShopifyOrderDraft

GATEWAY: Final = "TikTok Shop"
ID_NAMESPACE: Final = "$app"
ID_KEY: Final = "tiktok_order_id"
Variables = dict[str, Any]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Parts that are not sent, because TikTok hid them or Shopify refused them."""

    parts: frozenset[str] = frozenset()

    def and_also(self, part: str) -> "LeftOut":
        """One more part left out."""
        return LeftOut(self.parts | {part})


def to_variables(
    draft: ShopifyOrderDraft, buyer: Buyer, left_out: LeftOut
) -> tuple[Variables, tuple[str, ...]]:
    """The variables, and the names of all parts left out (``phone``, ``address``, ``customer``)."""
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
        "metafields": [
            {"namespace": ID_NAMESPACE, "key": ID_KEY, "type": "id", "value": draft.order_id}
        ],
    }
    if draft.total:
        order["transactions"] = [_transaction(draft)]
    if buyer.message:
        order["note"] = buyer.message
    missing = _add_buyer(order, draft, buyer, left_out)
    options = {
        "inventoryBehaviour": draft.inventory,
        "sendReceipt": False,
        "sendFulfillmentReceipt": False,
    }
    return {"order": order, "options": options}, missing


def digest(variables: Variables, key: bytes) -> str:
    """A keyed hash of the input, so that it can be compared but not guessed."""
    canonical = json.dumps(variables, sort_keys=True, separators=(",", ":")).encode()
    return hmac.new(key, canonical, hashlib.sha256).hexdigest()


def _add_buyer(
    order: Variables, draft: ShopifyOrderDraft, buyer: Buyer, left_out: LeftOut
) -> tuple[str, ...]:
    recipient = buyer.recipient
    address = to_address(recipient) if recipient else None
    missing = set(left_out.parts)
    if address is None:
        missing.add("address")
    else:
        missing.update(address.left_out)
        if "address" not in missing:
            order["shippingAddress"] = {
                key: value
                for key, value in address.fields.items()
                if key != "phone" or "phone" not in missing
            }
    customer = to_customer(recipient) if recipient and draft.customer == "relay" else None
    if customer and "customer" not in missing:
        order["customer"] = {"toUpsert": customer}
    return tuple(sorted(missing))


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
