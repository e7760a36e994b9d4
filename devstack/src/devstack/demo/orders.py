"""What happens on the TikTok side of the demo, through the simulator's control interface."""

from typing import Any, Final

import httpx

from devstack.settings import SHOP_ID
from runtime.clock import utc_now

COUNT: Final = 40
_SEED: Final = 20261125
_TIMEOUT_S: Final = 30.0
_NEXT: Final = {
    "AWAITING_SHIPMENT": "AWAITING_COLLECTION",
    "AWAITING_COLLECTION": "IN_TRANSIT",
    "IN_TRANSIT": "DELIVERED",
}
_ARRIVING: Final = {"standard": 3, "multi_line": 2, "gift": 1, "taxed": 2, "seller_discount": 1}


class TikTokSide:
    """The demo shop as its buyers and carriers move it."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=_TIMEOUT_S)
        self._arrived: list[str] = []
        self._turn = 0

    def past_week(self) -> tuple[str, ...]:
        """The orders of the past 7 days, of every kind; their ids."""
        answer = self._post("/_sim/generate", {"shop_id": SHOP_ID, "count": COUNT, "seed": _SEED})
        return tuple(order["id"] for order in answer["orders"])

    def one_more(self) -> str:
        """A buyer orders something now; the order's id."""
        self._turn += 1
        wish = {"shop_id": SHOP_ID, "count": 1, "seed": _SEED + self._turn, "mix": _ARRIVING}
        now = int(utc_now().timestamp())
        answer = self._post("/_sim/generate", {**wish, "created_from": now, "created_to": now})
        order_id: str = answer["orders"][0]["id"]
        self._arrived.append(order_id)
        return order_id

    def advance(self) -> str | None:
        """The oldest order that is not delivered moves one status on; None when all are."""
        for order_id in self._arrived[:-1]:
            status = self._status(order_id)
            if status in _NEXT:
                self._patch(order_id, {"status": _NEXT[status]})
                return order_id
        return None

    def close(self) -> None:
        """Ends the connection."""
        self._http.close()

    def _status(self, order_id: str) -> str:
        orders = self._http.get("/_sim/orders").raise_for_status().json()["orders"]
        return next((order["status"] for order in orders if order["id"] == order_id), "")

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = self._http.post(path, json=body).raise_for_status().json()
        return answer

    def _patch(self, order_id: str, body: dict[str, Any]) -> None:
        self._http.patch(f"/_sim/orders/{order_id}", json=body).raise_for_status()
