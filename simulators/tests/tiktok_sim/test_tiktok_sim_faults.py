"""How TikTok Shop words a fault, and which requests a rule reaches."""

from typing import Any

import pytest

from simulators.tiktok.in_process import InProcessTikTok, Json

SEARCH = "/order/202309/orders/search"


async def faults(sim: InProcessTikTok, *rules: Any) -> None:
    await sim.control("PUT", "/_sim/faults", list(rules))


async def test_throttling_is_429_with_a_time_to_wait(sim: InProcessTikTok) -> None:
    await faults(sim, {"kind": "throttle", "delay_s": 2.5, "count": 1})
    answer = await sim.call("POST", SEARCH, page_size="1")
    assert (answer.status_code, answer.json()["code"]) == (429, 36009002)
    assert answer.headers["retry-after"] == "3"
    await sim.search()


async def test_a_status_carries_the_code_asked_for_in_the_envelope(sim: InProcessTikTok) -> None:
    await faults(sim, {"kind": "status", "status": 401, "code": 105002})
    answer = await sim.call("POST", SEARCH, page_size="1")
    assert answer.status_code == 401
    assert set(answer.json()) == {"code", "message", "request_id", "data"}
    assert answer.json()["code"] == 105002
    await faults(sim, {"kind": "status"})
    answer = await sim.call("POST", SEARCH, page_size="1")
    assert (answer.status_code, answer.json()["code"]) == (503, 36009003)


async def test_partial_means_done_without_a_result(sim: InProcessTikTok, order: Json) -> None:
    await sim.post(order)
    await faults(sim, {"kind": "partial"})
    reference = {"id": order["id"], "external_order": {"id": "1", "platform": "SHOPIFY"}}
    path = "/order/202406/orders/external_orders"
    answer = await sim.call("POST", path, {"orders": [reference]})
    assert (answer.status_code, answer.json()["data"]) == (200, None)
    assert answer.json()["code"] == 36009003
    await faults(sim)
    own = f"/order/202406/orders/{order['id']}/external_orders"
    assert (await sim.data("GET", own, platform="SHOPIFY"))["external_orders"]


@pytest.mark.parametrize(
    "match",
    [
        {"path": SEARCH},
        {"operation": "orders_search"},
        {"shop": "7495540735365777507"},
        {"operation": "orders_search", "shop": "7495540735365777507"},
    ],
)
async def test_rules_match_by_path_operation_and_shop(sim: InProcessTikTok, match: Json) -> None:
    await faults(sim, {"match": match, "kind": "status", "status": 500})
    assert (await sim.call("POST", SEARCH, page_size="1")).status_code == 500
    shops = await sim.call("GET", "/authorization/202309/shops", shop_cipher=None)
    assert shops.status_code == 200


async def test_the_token_host_can_be_faulted_and_the_control_side_cannot(
    sim: InProcessTikTok,
) -> None:
    await faults(sim, {"match": {"operation": "token_refresh"}, "kind": "html"})
    assert (await sim.http.get("/api/v2/token/refresh")).status_code == 502
    assert (await sim.http.get("/api/v2/token/get")).status_code != 502
    await faults(sim, {"kind": "html"})
    assert (await sim.http.get("/_sim/orders")).status_code == 200
    assert (await sim.http.get("/nowhere")).status_code == 502


async def test_a_rule_that_cannot_be_used_is_refused(sim: InProcessTikTok) -> None:
    error = await sim.control("PUT", "/_sim/faults", [{"kind": "explode"}], 400)
    assert "faults[0].kind" in error["error"]
