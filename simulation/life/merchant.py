"""What a merchant does in the Shopify admin: to an order that came of TikTok's, to the store."""

from collections.abc import Callable, Mapping
from typing import Final

from simulation.life.kinds import ActKind, Given
from simulation.outside import Outside
from simulation.plan import Json

TAG: Final = "merchant's own"
_ERRORS = "userErrors { message }"
_TAG = (
    f"mutation T($id: ID!, $tags: [String!]!) {{ tagsAdd(id: $id, tags: $tags) {{ {_ERRORS} }} }}"
)
_UNTAG = _TAG.replace("tagsAdd", "tagsRemove")
_NOTE = f"mutation N($input: OrderInput!) {{ orderUpdate(input: $input) {{ {_ERRORS} }} }}"
_CLOSE = f"mutation C($input: OrderCloseInput!) {{ orderClose(input: $input) {{ {_ERRORS} }} }}"
_OPEN = _CLOSE.replace("Close", "Open")
_PAID = (
    "mutation P($input: OrderMarkAsPaidInput!) "
    f"{{ orderMarkAsPaid(input: $input) {{ {_ERRORS} }} }}"
)
_CANCEL = """mutation C($id: ID!, $refund: Boolean!, $restock: Boolean!) {
  orderCancel(orderId: $id, reason: OTHER, restock: $restock,
    refundMethod: {originalPaymentMethodsRefund: $refund}) { orderCancelUserErrors { message } }
}"""
_FULFIL = (
    "mutation F($fulfillment: FulfillmentInput!) "
    f"{{ fulfillmentCreate(fulfillment: $fulfillment) {{ {_ERRORS} }} }}"
)
_UNFULFIL = f"mutation U($id: ID!) {{ fulfillmentCancel(id: $id) {{ {_ERRORS} }} }}"

Choose = Callable[[Json, Given], Json | None]
"""The variables of a mutation on an order as it is shown; None: there is nothing to act on."""


def _asks(document: str, choose: Choose) -> ActKind:
    async def ask(outside: Outside, given: Given) -> bool:
        shown = await outside.shopify_order(given["store"], given["order_id"])
        variables = None if shown is None else choose(shown, given)
        if variables is None:
            return False
        body = {"query": document, "variables": variables}
        answer = await outside.shopify.http.post(f"/_sim/graphql?shop={given['store']}", json=body)
        answered = answer.raise_for_status().json()
        if "errors" in answered:
            raise ValueError(f"{document}: {answered['errors']}")
        (payload,) = answered["data"].values()
        return not any(payload.values())

    return ActKind("merchant", ask)


def _id(shown: Json) -> str:
    return str(shown["order"]["id"])


def _cancelled(shown: Json, given: Given) -> Json:
    how = {"refund": given.get("refund", True), "restock": given.get("restock", True)}
    return {"id": _id(shown), **how}


def _by_hand(shown: Json, given: Given) -> Json | None:
    """All that can be fulfilled, or with ``part`` one unit of it, without any tracking."""
    nodes = shown["order"]["fulfillmentOrders"]["nodes"]
    fulfillable = [node for node in nodes if node["status"] in ("OPEN", "IN_PROGRESS")]
    wanted = [
        (node["id"], part["id"], part["remainingQuantity"])
        for node in fulfillable
        for part in _rest(node)
    ]
    if given.get("part"):
        wanted = [(node_id, part_id, 1) for node_id, part_id, _ in wanted[:1]]
    asked = [
        {
            "fulfillmentOrderId": node["id"],
            "fulfillmentOrderLineItems": [
                {"id": part_id, "quantity": quantity}
                for node_id, part_id, quantity in wanted
                if node_id == node["id"]
            ],
        }
        for node in fulfillable
        if any(node_id == node["id"] for node_id, _, _ in wanted)
    ]
    return {"fulfillment": {"lineItemsByFulfillmentOrder": asked}} if asked else None


def _rest(node: Json) -> list[Json]:
    return [part for part in node["lineItems"]["nodes"] if part["remainingQuantity"]]


def _newest(shown: Json, _: Given) -> Json | None:
    standing = [made["id"] for made in shown["fulfillments"] if made["status"] == "SUCCESS"]
    return {"id": standing[-1]} if standing else None


def _steers(method: str, ending: str, body: Choose = lambda _shown, _given: {}) -> ActKind:
    async def steer(outside: Outside, given: Given) -> bool:
        shown = await outside.shopify_order(given["store"], given["order_id"])
        chosen = None if shown is None else body(shown, given)
        if shown is None or chosen is None:
            return False
        path = f"/_sim/orders/{_id(shown)}{ending}"
        answer = await outside.shopify.http.request(method, path, json=chosen)
        return answer.status_code == 200

    return ActKind("merchant", steer)


def _edited(shown: Json, given: Given) -> Json | None:
    """One unit less of what is not fulfilled; with ``add``, or when all is, one more of a line."""
    nodes = shown["order"]["fulfillmentOrders"]["nodes"]
    parts = [part for node in nodes if node["status"] != "CLOSED" for part in _rest(node)]
    lines = shown["order"]["lineItems"]["nodes"]
    if given.get("add") or not parts:
        variants = [line["variant"]["id"] for line in lines if line["variant"]]
        return {"add": [{"variant": variants[0], "quantity": 1}]} if variants else None
    line = next(line for line in lines if line["id"] == parts[0]["lineItem"]["id"])
    fewer = {"line": line["id"], "quantity": line["currentQuantity"] - 1}
    return {"lines": [fewer], "restock": given.get("restock", False)}


def _scopes(*taken: str) -> ActKind:
    async def take(outside: Outside, given: Given) -> bool:
        answer = await outside.store(given["store"]).put(taken_scopes=list(taken))
        return answer.status_code == 200

    return ActKind("merchant", take)


MERCHANT: Mapping[str, ActKind] = {
    "merchant_delete": _steers("DELETE", ""),
    "merchant_hold": _steers("POST", "/hold"),
    "merchant_release": _steers("POST", "/release"),
    "merchant_edit": _steers("POST", "/edit", _edited),
    "merchant_tag": _asks(_TAG, lambda shown, _: {"id": _id(shown), "tags": [TAG]}),
    "merchant_untag": _asks(
        _UNTAG, lambda shown, _: {"id": _id(shown), "tags": shown["order"]["tags"]}
    ),
    "merchant_note": _asks(_NOTE, lambda shown, _: {"input": {"id": _id(shown), "note": "rings"}}),
    "merchant_cancel": _asks(_CANCEL, _cancelled),
    "merchant_archive": _asks(_CLOSE, lambda shown, _: {"input": {"id": _id(shown)}}),
    "merchant_reopen": _asks(_OPEN, lambda shown, _: {"input": {"id": _id(shown)}}),
    "merchant_fulfil": _asks(_FULFIL, _by_hand),
    "merchant_unfulfil": _asks(_UNFULFIL, _newest),
    "merchant_mark_paid": _asks(_PAID, lambda shown, _: {"input": {"id": _id(shown)}}),
    "scopes_taken": _scopes("read_orders", "write_orders"),
    "scopes_given": _scopes(),
}
