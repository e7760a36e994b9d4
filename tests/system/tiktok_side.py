"""The TikTok Shop simulator's control side, as tests use it."""

from typing import Any

import httpx

Raw = dict[str, Any]
TIMEOUT_S = 30.0


class TikTokSide:
    """What sellers, buyers and carriers do in the demo shop."""

    def __init__(self, url: str, shop_id: str) -> None:
        self.shop_id = shop_id
        self._http = httpx.Client(base_url=url, timeout=TIMEOUT_S)

    def post(self, *orders: Raw, as_given: bool = False) -> list[Raw]:
        """Orders arrive; as stored, which is with the present time."""
        query = {"shop_id": self.shop_id} | ({"as_given": "true"} if as_given else {})
        answer = self._http.post("/_sim/orders", params=query, json=list(orders))
        return _orders(answer)

    def patch(self, order_id: str, **changes: Any) -> Raw:
        """An order changes; what TikTok fills by itself is filled. As stored."""
        answer = self._http.patch(f"/_sim/orders/{order_id}", json=changes)
        changed: Raw = answer.raise_for_status().json()
        return changed

    def generate(self, count: int, *, seed: int, **wish: Any) -> list[Raw]:
        """The generator's orders, made at once."""
        body = {"shop_id": self.shop_id, "count": count, "seed": seed, **wish}
        return _orders(self._http.post("/_sim/generate", json=body))

    def generate_over_time(
        self, count: int, *, seed: int, rate_per_s: float, mix: dict[str, int]
    ) -> None:
        """The generator's orders, arriving at this rate from now on."""
        body = {"shop_id": self.shop_id, "count": count, "seed": seed, "mix": mix}
        answer = self._http.post("/_sim/generate", json={**body, "rate_per_s": rate_per_s})
        answer.raise_for_status()

    def orders(self) -> list[Raw]:
        """Every order of the shop as it is stored."""
        return _orders(self._http.get("/_sim/orders", params={"shop_id": self.shop_id}))

    def put_faults(self, *rules: dict[str, Any]) -> None:
        """These faults happen from now on, and no others."""
        self._http.put("/_sim/faults", json=list(rules)).raise_for_status()

    def close(self) -> None:
        """Ends the connection."""
        self._http.close()


def _orders(answer: httpx.Response) -> list[Raw]:
    orders: list[Raw] = answer.raise_for_status().json()["orders"]
    return orders
