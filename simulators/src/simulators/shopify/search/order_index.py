"""The search index over a store's orders. It lags: a change is found only `search_lag_s` later."""

from collections import deque
from collections.abc import Iterable
from typing import Any

from simulators.shopify.search.matching import tokens
from simulators.shopify.store.records import Record

Document = dict[str, Any]


def order_document(order: Record) -> Document:
    """What can be searched of an order, as it is now."""
    lines = order["lineItems"]["nodes"]
    return {
        "gid": order["id"],
        "id": order["legacyResourceId"],
        "name": order["name"],
        "email": order["email"],
        "source_identifier": order["sourceIdentifier"],
        "source_name": order["sourceName"],
        "po_number": order["poNumber"],
        "confirmation_number": order["confirmationNumber"],
        "tag": tuple(order["tags"]),
        "created_at": order["createdAt"],
        "updated_at": order["updatedAt"],
        "processed_at": order["processedAt"],
        "status": _status(order),
        "test": str(order["test"]).lower(),
        **_money_document(order),
        "customer_id": order["customer"] and order["customer"]["id"].rpartition("/")[2],
        "sku": tuple(line["sku"] for line in lines if line["sku"]),
        "metafields": {
            (node["namespace"], node["key"]): node["value"] for node in order["metafields"]["nodes"]
        },
    }


def _money_document(order: Record) -> Document:
    return {
        "financial_status": order["displayFinancialStatus"],
        "fulfillment_status": _FULFILMENT.get(order["displayFulfillmentStatus"]),
        "gateway": tuple(order["paymentGatewayNames"]),
        "discount_code": tuple(order["discountCodes"]),
    }


_FULFILMENT = {
    "UNFULFILLED": "unfulfilled",
    "FULFILLED": "shipped",
    "PARTIALLY_FULFILLED": "partial",
}


def _status(order: Record) -> str:
    if order["cancelledAt"]:
        return "cancelled"
    return "closed" if order["closedAt"] else "open"


class OrderIndex:
    """Documents by order, each applied when the lag has passed. Times are unix seconds."""

    def __init__(self) -> None:
        self.lag_s = 0.0
        self._documents: dict[str, Document] = {}
        self._by_source_token: dict[str, set[str]] = {}
        self._waiting: deque[tuple[float, Document]] = deque()

    def note(self, order: Record, at: float) -> None:
        """An order was created or changed."""
        self._waiting.append((at, order_document(order)))

    def forget(self, gid: str) -> None:
        """An order was deleted: searches drop it at once, as they read the order itself last."""
        self._documents.pop(gid, None)
        self._waiting = deque(waiting for waiting in self._waiting if waiting[1]["gid"] != gid)

    def clear(self) -> None:
        """Forgets every order."""
        self._documents.clear()
        self._by_source_token.clear()
        self._waiting.clear()

    def candidates(self, at: float, source_identifier: str | None) -> Iterable[Document]:
        """The documents that may match; narrowed when the query demands a one-token source."""
        self._catch_up(at)
        if source_identifier is None or not source_identifier.isalnum():
            return self._documents.values()
        found = self._by_source_token.get(source_identifier.lower(), set())
        return [self._documents[gid] for gid in sorted(found) if gid in self._documents]

    def _catch_up(self, at: float) -> None:
        while self._waiting and self._waiting[0][0] + self.lag_s <= at:
            document = self._waiting.popleft()[1]
            self._documents[document["gid"]] = document
            for token in tokens(document["source_identifier"] or ""):
                self._by_source_token.setdefault(token, set()).add(document["gid"])
