"""The control interface: shops, raw orders, patches, the request log, reset."""

import pytest

from simulators.tiktok.in_process import InProcessTikTok, Json

DAY = 86_400


async def test_a_posted_order_keeps_everything_but_its_times(
    sim: InProcessTikTok, order: Json
) -> None:
    odd = order | {"new_field": {"a": [1, None]}, "payment": {"total_amount": 12.10}}
    del odd["recipient_address"]
    (stored,) = await sim.post(odd)
    assert stored == odd | {"update_time": int(sim.now)}
    assert (await sim.search())["orders"] == [stored]


@pytest.mark.parametrize("created", [None, 0, "soon", -1])
async def test_an_order_without_a_recent_creation_is_created_now(
    sim: InProcessTikTok, order: Json, created: object
) -> None:
    order["create_time"] = created if created != -1 else int(sim.now) - 6 * DAY - 1
    (stored,) = await sim.post(order)
    assert stored["create_time"] == int(sim.now)


async def test_as_given_keeps_all_times_and_sends_nothing(
    sim: InProcessTikTok, order: Json
) -> None:
    await sim.control("PUT", "/_sim/webhooks", {"url": "http://inbox/"})
    old = order | {"create_time": 5, "update_time": 9}
    assert await sim.post(old, as_given=True) == [old]
    window = {"update_time_ge": 9, "update_time_lt": 10}
    assert (await sim.search(window))["orders"] == [old]
    assert (await sim.control("GET", "/_sim/webhooks"))["pending"] == 0


@pytest.mark.parametrize(
    "odd",
    [
        {"id": "1"},
        {"id": 576461413038785752, "line_items": None, "status": None},
        {"id": "1", "status": "AWAITING_SHIPMENT", "line_items": []},
        {"id": "1", "status": "IN_TRANSIT", "line_items": [1, {"id": 2, "sale_price": {}}, None]},
        {"id": "1", "status": "CANCELLED", "line_items": [{"id": "1"}], "payment": "free"},
        {"id": "1", "status": "COMPLETED", "line_items": [{"item_tax": [{"tax_amount": "x"}]}]},
        {"id": "1", "status": "NEW_STATUS", "create_time": "1795000000", "packages": "none"},
        {"id": "1", "packages": [{"id": "p"}, 3], "recipient_address": "somewhere"},
    ],
)
async def test_however_odd_an_order_is_it_is_stored_and_found(
    sim: InProcessTikTok, odd: Json
) -> None:
    await sim.post(odd)
    found = (await sim.search())["orders"]
    assert [{key: order[key] for key in odd if key != "create_time"} for order in found] == [
        {key: value for key, value in odd.items() if key != "create_time"}
    ]
    await sim.data("GET", f"/order/202407/orders/{odd['id']}/price_detail")
    await sim.data("GET", f"/fulfillment/202309/orders/{odd['id']}/tracking")
    for status in ("DELIVERED", "CANCELLED"):
        assert (await sim.patch(str(odd["id"]), {"status": status}))["status"] == status


async def test_an_id_posted_again_replaces_the_order(sim: InProcessTikTok, order: Json) -> None:
    await sim.post(order)
    await sim.control("PUT", "/_sim/shops/42", {"name": "Other"})
    await sim.post(order | {"status": "DELIVERED"})
    assert [order["status"] for order in (await sim.search())["orders"]] == ["DELIVERED"]
    await sim.control("POST", "/_sim/orders?shop_id=42", [order])
    assert (await sim.search())["orders"] == []
    assert len((await sim.control("GET", "/_sim/orders"))["orders"]) == 1


async def test_a_list_an_object_and_a_whole_answer_are_read_alike(
    sim: InProcessTikTok, order: Json
) -> None:
    path = f"/_sim/orders?shop_id={sim.shop_id}"
    for body in ([order], {"orders": [order]}, {"code": 0, "data": {"orders": [order]}}):
        assert len((await sim.control("POST", path, body))["orders"]) == 1


async def test_what_cannot_be_stored_is_refused_with_a_sentence(
    sim: InProcessTikTok, order: Json
) -> None:
    path = f"/_sim/orders?shop_id={sim.shop_id}"
    nameless = {"status": "UNPAID"}
    bodies: list[tuple[object, str]] = [({}, "body"), ([1], "body"), ([order, nameless], "[1].id")]
    for body, names in bodies:
        assert names in (await sim.control("POST", path, body, 400))["error"]
    assert (await sim.control("GET", "/_sim/orders"))["orders"] == []
    missing = await sim.control("POST", "/_sim/orders?shop_id=9", [order], 404)
    assert "PUT /_sim/shops" in missing["error"]
    await sim.control("PATCH", "/_sim/orders/9", {}, 404)
    await sim.post(order)
    await sim.control("PATCH", f"/_sim/orders/{order['id']}", {"id": "2"}, 400)


async def test_a_patch_merges_as_rfc_7396_says(sim: InProcessTikTok, order: Json) -> None:
    await sim.post(order)
    patch = {"payment": {"total_amount": "9", "currency": None}, "line_items": [{"id": "3"}]}
    patched = await sim.patch(order["id"], patch | {"paid_time": None})
    assert patched["payment"] == {"total_amount": "9"}
    assert patched["line_items"] == [{"id": "3"}]
    assert "paid_time" not in patched
    assert patched["recipient_address"] == order["recipient_address"]


async def test_only_the_status_or_a_touch_moves_update_time(
    sim: InProcessTikTok, order: Json
) -> None:
    (stored,) = await sim.post(order)
    sim.now += 100
    address = {"recipient_address": {"name": "Fakir Sampleton"}}
    patched = await sim.patch(order["id"], address)
    assert patched["update_time"] == stored["update_time"]
    window = {"update_time_ge": int(sim.now)}
    assert (await sim.search(window))["total_count"] == 0
    assert (await sim.patch(order["id"], {}, touch=True))["update_time"] == int(sim.now)
    assert (await sim.search(window))["total_count"] == 1
    sim.now += 100
    moved = await sim.patch(order["id"], {"status": "IN_TRANSIT"})
    assert moved["update_time"] == int(sim.now)
    again = await sim.patch(order["id"], {"status": "IN_TRANSIT"})
    assert again["update_time"] == moved["update_time"]


async def test_a_status_fills_times_packages_and_tracking(
    sim: InProcessTikTok, order: Json
) -> None:
    await sim.post(order)
    for status, key in (
        ("AWAITING_COLLECTION", "rts_time"),
        ("IN_TRANSIT", "collection_time"),
        ("DELIVERED", "delivery_time"),
    ):
        sim.now += 1_000
        assert key not in (await sim.control("GET", "/_sim/orders"))["orders"][0]
        patched = await sim.patch(order["id"], {"status": status})
        assert patched[key] == int(sim.now)
        assert {line["display_status"] for line in patched["line_items"]} == {status}
    (package,) = patched["packages"]
    assert {line["package_id"] for line in patched["line_items"]} == {package["id"]}
    assert {line["package_status"] for line in patched["line_items"]} == {"COMPLETED"}
    assert patched["tracking_number"] == patched["line_items"][0]["tracking_number"] != ""
    assert patched["shipping_provider"] == patched["line_items"][0]["shipping_provider_name"]


async def test_a_jump_to_delivered_fills_what_lies_between(
    sim: InProcessTikTok, order: Json
) -> None:
    await sim.post(order)
    patched = await sim.patch(order["id"], {"status": "DELIVERED"})
    assert patched["rts_time"] == patched["collection_time"] == patched["delivery_time"]


async def test_what_the_patch_gives_is_not_filled(sim: InProcessTikTok, order: Json) -> None:
    await sim.post(order)
    line = order["line_items"][0] | {"display_status": "DELIVERED", "tracking_number": "T1"}
    patch = {"status": "IN_TRANSIT", "collection_time": 7, "line_items": [line], "packages": []}
    patched = await sim.patch(order["id"], patch)
    assert patched["collection_time"] == 7
    assert patched["packages"] == []
    assert patched["line_items"][0]["display_status"] == "DELIVERED"
    assert patched["tracking_number"] == "T1"


async def test_partially_shipping_sends_one_unit_ahead(sim: InProcessTikTok, order: Json) -> None:
    await sim.post(order)
    partly = await sim.patch(order["id"], {"status": "PARTIALLY_SHIPPING"})
    assert [line["display_status"] for line in partly["line_items"]] == [
        "AWAITING_COLLECTION",
        "AWAITING_SHIPMENT",
    ]
    assert "package_id" not in partly["line_items"][1]
    wholly = await sim.patch(order["id"], {"status": "IN_TRANSIT"})
    assert len(wholly["packages"]) == 2


async def test_completed_without_delivery_has_no_delivery_time(
    sim: InProcessTikTok, order: Json
) -> None:
    await sim.post(order)
    await sim.patch(order["id"], {"status": "IN_TRANSIT"})
    assert "delivery_time" not in await sim.patch(order["id"], {"status": "COMPLETED"})


async def test_a_cancelled_order_says_who_when_and_why(sim: InProcessTikTok, order: Json) -> None:
    await sim.post(order)
    patch = {"status": "CANCELLED", "cancellation_initiator": "SELLER"}
    cancelled = await sim.patch(order["id"], patch)
    assert cancelled["cancel_time"] == int(sim.now)
    assert {line["cancel_user"] for line in cancelled["line_items"]} == {"SELLER"}
    assert {line["display_status"] for line in cancelled["line_items"]} == {"CANCELLED"}
    assert cancelled["payment"] == order["payment"]


async def test_a_hold_ends_by_itself(sim: InProcessTikTok, order: Json) -> None:
    await sim.post(order | {"status": "ON_HOLD", "paid_time": int(sim.now) - 600})
    sim.now += 2_999
    assert (await sim.search())["orders"][0]["status"] == "ON_HOLD"
    sim.now += 1
    released = (await sim.search())["orders"][0]
    assert (released["status"], released["update_time"]) == ("AWAITING_SHIPMENT", int(sim.now))


async def test_a_hold_that_was_over_before_it_was_posted_lasts_its_full_time(
    sim: InProcessTikTok, order: Json
) -> None:
    await sim.post(order | {"status": "ON_HOLD", "paid_time": 5}, as_given=True)
    assert (await sim.search())["orders"][0]["status"] == "ON_HOLD"
    sim.now += 3_600
    assert (await sim.search())["orders"][0]["status"] == "AWAITING_SHIPMENT"


async def test_a_cancelled_order_is_not_released_from_hold(
    sim: InProcessTikTok, order: Json
) -> None:
    await sim.post(order | {"status": "ON_HOLD"})
    await sim.patch(order["id"], {"status": "CANCELLED"})
    sim.now += 10_000
    assert (await sim.search())["orders"][0]["status"] == "CANCELLED"


async def test_requests_are_shown_as_they_came(sim: InProcessTikTok, order: Json) -> None:
    await sim.search({"order_status": "UNPAID"}, page_size="7")
    await sim.call("GET", "/nowhere")
    first, second = (await sim.control("GET", "/_sim/requests"))["requests"]
    assert first["method"] == "POST"
    assert first["path"] == "/order/202309/orders/search"
    assert first["query"]["page_size"] == "7"
    assert first["query"]["shop_cipher"] == sim.cipher
    assert first["headers"]["x-tts-access-token"] == sim.token
    assert (first["body"], first["status"]) == ('{"order_status": "UNPAID"}', 200)
    assert (second["path"], second["status"], second["at"]) == ("/nowhere", 404, sim.now)


async def test_reset_empties_orders_requests_and_faults_and_keeps_the_rest(
    sim: InProcessTikTok, order: Json
) -> None:
    await sim.control("PUT", "/_sim/webhooks", {"url": "http://inbox/", "drop": 0.5})
    await sim.post(order | {"status": "CANCELLED"})
    await sim.search()
    await sim.control("PUT", "/_sim/faults", [{"kind": "status"}])
    await sim.control("POST", "/_sim/reset")
    assert (await sim.control("GET", "/_sim/requests"))["requests"] == []
    assert (await sim.search())["total_count"] == 0
    cancellations = "/return_refund/202309/cancellations/search"
    assert (await sim.data("POST", cancellations))["total_count"] == 0
    assert (await sim.control("GET", "/_sim/webhooks"))["drop"] == 0.5


async def test_a_shop_put_again_keeps_what_is_not_named(sim: InProcessTikTok) -> None:
    shown = await sim.control("PUT", f"/_sim/shops/{sim.shop_id}", {"name": "Renamed"})
    assert (shown["name"], shown["region"], shown["cipher"]) == ("Renamed", "US", sim.cipher)
    assert len(shown["products"]) == 2
    await sim.control("PUT", f"/_sim/shops/{sim.shop_id}", {"cipher": "TTP_new+/="})
    assert (await sim.call("GET", "/event/202309/webhooks")).json()["code"] == 101000
    await sim.data("GET", "/event/202309/webhooks", shop_cipher="TTP_new+/=")


@pytest.mark.parametrize(
    ("wrong", "names"),
    [
        ({"nmae": "x"}, "nmae"),
        ({"name": ""}, "name"),
        ({"products": {}}, "products"),
        ({"products": [{"price": "cheap"}]}, "price"),
    ],
)
async def test_a_shop_that_cannot_be_read_is_refused_by_name(
    sim: InProcessTikTok, wrong: Json, names: str
) -> None:
    answer = await sim.control("PUT", f"/_sim/shops/{sim.shop_id}", wrong, 400)
    assert names in answer["error"]


async def test_two_shops_cannot_have_one_cipher(sim: InProcessTikTok) -> None:
    answer = await sim.control("PUT", "/_sim/shops/42", {"cipher": sim.cipher}, 400)
    assert "cipher" in answer["error"]


async def test_an_order_may_be_posted_so_that_its_buyer_is_hidden_by_status(
    sim: InProcessTikTok, order: Json
) -> None:
    path = f"/_sim/orders?shop_id={sim.shop_id}&privacy="
    refused = await sim.control("POST", f"{path}never", [order], expect=400)
    assert refused["error"].startswith("privacy: one of as_stored")
    await sim.control("POST", f"{path}by_status", [order])
    names = []
    for status in ("AWAITING_SHIPMENT", "CANCELLED"):
        await sim.patch(order["id"], {"status": status})
        names.append((await sim.search())["orders"][0]["recipient_address"]["name"])
    assert names == ["Testa Buyerson", "T*** B***"]
