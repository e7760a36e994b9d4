"""orders/search, order detail and price detail."""

from typing import Any

import pytest

from simulators.tiktok.in_process import InProcessTikTok, Json

DETAILS = ("/order/202507/orders", "/order/202309/orders")


async def fill(sim: InProcessTikTok, order: Json, count: int) -> None:
    orders = [
        order | {"id": str(100 + n), "create_time": sim.now - n, "update_time": sim.now - 60 * n}
        for n in range(count)
    ]
    await sim.post(*orders, as_given=True)


async def pages(sim: InProcessTikTok, body: Json | None, **query: str) -> Any:
    found: list[list[str]] = []
    token: str | None = None
    while True:
        data = await sim.search(body, **query, page_token=token)
        found.append([order["id"] for order in data["orders"]])
        token = data["next_page_token"]
        if token == "":
            return found


async def test_pages_follow_one_another_by_opaque_tokens(sim: InProcessTikTok, order: Json) -> None:
    await fill(sim, order, 7)
    assert await pages(sim, None, page_size="3", sort_field="update_time", sort_order="ASC") == [
        ["106", "105", "104"],
        ["103", "102", "101"],
        ["100"],
    ]
    token = (await sim.search(page_size="3"))["next_page_token"]
    assert set("+/=") <= set(token)


async def test_newest_created_first_is_the_default(sim: InProcessTikTok, order: Json) -> None:
    await fill(sim, order, 3)
    assert await pages(sim, {}, page_size="2") == [["100", "101"], ["102"]]


async def test_windows_include_their_start_and_not_their_end(
    sim: InProcessTikTok, order: Json
) -> None:
    await fill(sim, order, 5)
    now = int(sim.now)
    window = {"update_time_ge": now - 180, "update_time_lt": now - 60}
    data = await sim.search(window, sort_field="update_time", sort_order="ASC")
    assert [found["id"] for found in data["orders"]] == ["103", "102"]
    assert data["total_count"] == 2
    both = window | {"create_time_ge": now - 2, "create_time_lt": now}
    assert [found["id"] for found in (await sim.search(both))["orders"]] == ["102"]


async def test_filters_narrow_the_search(sim: InProcessTikTok, order: Json) -> None:
    await sim.post(
        order | {"id": "1", "status": "IN_TRANSIT"},
        order | {"id": "2", "shipping_type": "TIKTOK"},
        order | {"id": "3", "user_id": "9", "warehouse_id": "8"},
        order | {"id": "4", "is_buyer_request_cancel": True},
    )
    for body, ids in (
        ({"order_status": "IN_TRANSIT"}, ["1"]),
        ({"shipping_type": "TIKTOK"}, ["2"]),
        ({"buyer_user_id": "9"}, ["3"]),
        ({"warehouse_ids": ["8", "7"]}, ["3"]),
        ({"is_buyer_request_cancel": True}, ["4"]),
        ({"order_status": "DELIVERED"}, []),
    ):
        data = await sim.search(body)
        assert ([found["id"] for found in data["orders"]], data["total_count"]) == (ids, len(ids))


@pytest.mark.parametrize(
    ("body", "query"),
    [
        ({}, {"page_size": "0"}),
        ({}, {"page_size": "101"}),
        ({}, {"page_size": "many"}),
        ({}, {"sort_field": "price"}),
        ({}, {"sort_order": "asc"}),
        ({}, {"page_token": "nonsense"}),
        ({"order_status": "SHIPPED"}, {}),
        ({"update_time_ge": "yesterday"}, {}),
        ({"create_time_lt": -1}, {}),
        ({"shipping_type": 1}, {}),
        ({"warehouse_ids": "8"}, {}),
        ({"is_buyer_request_cancel": "yes"}, {}),
    ],
)
async def test_unusable_parameters_are_refused(
    sim: InProcessTikTok, body: Json, query: dict[str, str]
) -> None:
    asked = {"page_size": "20"} | query
    answer = await sim.call("POST", "/order/202309/orders/search", body, **asked)
    assert (answer.status_code, answer.json()["code"]) == (400, 36009004)


async def test_a_token_of_another_sorting_is_refused(sim: InProcessTikTok, order: Json) -> None:
    await fill(sim, order, 3)
    token = (await sim.search(page_size="1"))["next_page_token"]
    answer = await sim.call(
        "POST", "/order/202309/orders/search", page_size="1", sort_order="ASC", page_token=token
    )
    assert answer.json()["code"] == 36009004


async def test_a_shop_sees_only_its_own_orders(sim: InProcessTikTok, order: Json) -> None:
    await sim.control("PUT", "/_sim/shops/42", {"name": "Other"})
    await sim.control("POST", "/_sim/orders?shop_id=42", [order])
    assert (await sim.search())["total_count"] == 0
    assert await sim.data("GET", DETAILS[0], ids=order["id"]) == {"orders": []}


@pytest.mark.parametrize("path", DETAILS)
async def test_detail_gives_the_known_orders_of_up_to_fifty_ids(
    sim: InProcessTikTok, order: Json, path: str
) -> None:
    await sim.post(order, order | {"id": "7"})
    data = await sim.data("GET", path, ids=f"7,unknown,{order['id']},7")
    assert [found["id"] for found in data["orders"]] == ["7", order["id"]]
    for ids in (None, "", ",".join(map(str, range(51)))):
        answer = await sim.call("GET", path, ids=ids)
        assert answer.json()["code"] == 36009004


async def test_price_detail_agrees_with_the_order_s_payment(sim: InProcessTikTok) -> None:
    for order in (await sim.generate(count=30, seed=3))["orders"]:
        price = await sim.data("GET", f"/order/202407/orders/{order['id']}/price_detail")
        assert float(price["payment"]) == float(order["payment"]["total_amount"])
        assert float(price["sku_sale_price"]) == float(order["payment"]["sub_total"])
        assert len(price["line_items"]) == len(order["line_items"])
        assert price["tax_amount"].split(".")[1:] != []
    answer = await sim.call("GET", "/order/202407/orders/9/price_detail")
    assert answer.json()["code"] == 36009004


async def test_external_references_are_kept_per_platform(sim: InProcessTikTok, order: Json) -> None:
    await sim.post(order)
    known = {
        "id": order["id"],
        "external_order": {
            "id": "gid://shopify/Order/1",
            "platform": "SHOPIFY",
            "line_items": [{"id": "x", "origin_id": "1"}],
        },
    }
    unknown = {"id": "9", "external_order": {"id": "Zoë-№1", "platform": "SHOPIFY"}}
    path = "/order/202406/orders/external_orders"
    data = await sim.data("POST", path, {"orders": [known, unknown]})
    assert [error["code"] for error in data["errors"]] == ["36020001"]
    assert data["errors"][0]["detail"]["order_id"] == "9"
    own = f"/order/202406/orders/{order['id']}/external_orders"
    found = await sim.data("GET", own, platform="SHOPIFY")
    assert found == {"external_orders": [known["external_order"]]}
    assert await sim.data("GET", own, platform="MAGENTO") == {"external_orders": []}
    for bad in ([], [{"id": "1"}], [known | {"external_order": {"id": "1", "platform": "EBAY"}}]):
        answer = await sim.call("POST", path, {"orders": bad})
        assert answer.json()["code"] == 36009004
    assert (await sim.call("GET", own)).json()["code"] == 36009004
