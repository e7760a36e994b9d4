"""The Shopify simulator's control side, as tests use it."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

import httpx

Entry = dict[str, Any]
"""One order as `GET /_sim/orders` shows it: input, order, fulfillments, events, customer, …"""
TIMEOUT_S = 30.0


class ShopifySide:
    """What the demo store holds, and what was asked of it."""

    def __init__(self, url: str, domain: str) -> None:
        self.domain = domain
        self._http = httpx.Client(base_url=url, timeout=TIMEOUT_S)

    def orders(self) -> list[Entry]:
        """Every order of the store, oldest first."""
        answer = self._http.get("/_sim/orders", params={"shop": self.domain})
        orders: list[Entry] = answer.raise_for_status().json()["orders"]
        return orders

    def of(self, order_id: str) -> Entry:
        """The one order with this TikTok id."""
        found = [entry for entry in self.orders() if tiktok_id(entry) == order_id]
        assert len(found) == 1, f"{len(found)} orders in Shopify for {order_id}"
        return found[0]

    def copies(self) -> Counter[str]:
        """How many orders there are per TikTok id."""
        return Counter(tiktok_id(entry) for entry in self.orders())

    def calls_about(self, order_id: str) -> list[str]:
        """The GraphQL operations that named this TikTok id, in their order."""
        answer = self._http.get("/_sim/requests").raise_for_status().json()
        bodies = [request["body"] for request in answer["requests"] if order_id in request["body"]]
        return [json.loads(body)["query"] for body in bodies]

    def delete(self, order_id: str) -> None:
        """A person deletes the order in the admin; its webhook is sent."""
        gid = self.of(order_id)["order"]["id"]
        self._http.delete(f"/_sim/orders/{gid}").raise_for_status()

    def put_faults(self, *rules: dict[str, Any]) -> None:
        """These faults happen from now on, and no others."""
        self._http.put("/_sim/faults", json=list(rules)).raise_for_status()

    def close(self) -> None:
        """Ends the connection."""
        self._http.close()


def tiktok_id(entry: Entry) -> str:
    """The TikTok id that an order in Shopify carries."""
    source: str = entry["order"]["sourceIdentifier"]
    return source


def money(amount: dict[str, Any]) -> str:
    """A MoneyBag's amount in the shop's currency, with two decimals."""
    return f"{float(amount['shopMoney']['amount']):.2f}"


def details(order: Entry) -> Sequence[tuple[str, str]]:
    """An order's additional details, in their order."""
    return [(row["key"], row["value"]) for row in order["customAttributes"]]
