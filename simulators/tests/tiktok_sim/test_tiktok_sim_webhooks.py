"""Notifications: signed, one per change, lost, doubled and overtaken on order."""

import asyncio
from typing import Any

import pytest

from simulators.tiktok.in_process import InProcessTikTok, Json
from simulators.tiktok.signing import webhook_signature


async def listen(sim: InProcessTikTok, **settings: object) -> None:
    await sim.control("PUT", "/_sim/webhooks", {"url": "http://inbox/hook"} | settings)


async def settled(sim: InProcessTikTok) -> Any:
    """Waits until nothing is on its way and returns the bodies received."""
    await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()})
    assert (await sim.control("GET", "/_sim/webhooks"))["pending"] == 0
    return sim.inbox.bodies


async def types_of(sim: InProcessTikTok) -> Any:
    return [body["type"] for body in await settled(sim)]


async def test_a_notification_is_signed_over_its_raw_body(
    sim: InProcessTikTok, order: Json
) -> None:
    await listen(sim)
    await sim.post(order)
    (body,) = await settled(sim)
    (request,) = sim.inbox.requests
    expected = webhook_signature("test_key", "test_secret", request.content)
    assert request.headers["authorization"] == expected
    assert body == {
        "type": 1,
        "tts_notification_id": body["tts_notification_id"],
        "shop_id": sim.shop_id,
        "timestamp": int(sim.now),
        "data": {
            "order_id": order["id"],
            "order_status": "AWAITING_SHIPMENT",
            "is_on_hold_order": False,
            "update_time": int(sim.now),
        },
    }


@pytest.mark.parametrize(
    ("patch", "types"),
    [
        ({"status": "IN_TRANSIT"}, [1]),
        ({"status": "CANCELLED"}, [1, 11]),
        ({"recipient_address": {"name": "Fakir Sampleton"}}, [3]),
        ({"line_items": [{"id": "1", "package_id": "P"}]}, [4]),
        ({"is_buyer_request_cancel": True}, [11]),
        ({"buyer_message": "hello"}, []),
        ({"status": "AWAITING_SHIPMENT"}, []),
    ],
)
async def test_each_kind_of_change_has_its_notification(
    sim: InProcessTikTok, order: Json, patch: Json, types: list[int]
) -> None:
    await sim.post(order)
    await listen(sim)
    await sim.patch(order["id"], patch)
    assert sorted(await types_of(sim)) == types


async def test_the_end_of_an_authorisation_is_told(sim: InProcessTikTok) -> None:
    await listen(sim)
    await sim.control("DELETE", f"/_sim/grants?shop_id={sim.shop_id}")
    assert await types_of(sim) == [6]


async def test_an_answer_other_than_200_is_tried_again_with_the_same_id(
    sim: InProcessTikTok, order: Json
) -> None:
    sim.inbox.answers = [500, 401, 200]
    await listen(sim)
    await sim.post(order)
    bodies = await settled(sim)
    assert len(bodies) == 3
    assert len({body["tts_notification_id"] for body in bodies}) == 1
    tally = await sim.control("GET", "/_sim/webhooks")
    assert (tally["delivered"], tally["failed"]) == (1, 0)


async def test_a_notification_is_given_up_in_the_end(sim: InProcessTikTok, order: Json) -> None:
    sim.inbox.answers = [500]
    await listen(sim)
    await sim.post(order)
    assert len(await settled(sim)) == 3
    assert (await sim.control("GET", "/_sim/webhooks"))["failed"] == 1


async def test_dropped_and_doubled_notifications_are_the_same_every_time(
    sim: InProcessTikTok,
) -> None:
    counts = []
    for _ in range(2):
        await sim.control("POST", "/_sim/reset")
        await listen(sim, drop=0.3, duplicate=0.3)
        sim.inbox.requests.clear()
        await sim.generate(count=100, mix={"standard": 1})
        bodies = await settled(sim)
        counts.append((len(bodies), len({body["tts_notification_id"] for body in bodies})))
    assert counts[0] == counts[1]
    received, different = counts[0]
    assert 50 < different < 90
    assert received > different


async def test_a_late_notification_is_overtaken_by_its_successor(
    sim: InProcessTikTok, order: Json
) -> None:
    await listen(sim, reorder=1)
    await sim.post(order)
    await listen(sim, reorder=0)
    await sim.patch(order["id"], {"status": "IN_TRANSIT"})
    statuses = [body["data"]["order_status"] for body in await settled(sim)]
    assert statuses == ["IN_TRANSIT", "AWAITING_SHIPMENT"]


async def test_a_shop_s_own_subscription_takes_precedence(
    sim: InProcessTikTok, order: Json
) -> None:
    path = "/event/202309/webhooks"
    await listen(sim)
    await sim.data(
        "PUT", path, {"event_type": "ORDER_STATUS_CHANGE", "address": "https://own/hook"}
    )
    data = await sim.data("GET", path)
    assert data["total_count"] == 1
    assert data["webhooks"][0]["address"] == "https://own/hook"
    await sim.post(order)
    await settled(sim)
    assert str(sim.inbox.requests[-1].url) == "https://own/hook"
    await sim.data("DELETE", path, {"event_type": "ORDER_STATUS_CHANGE"})
    await sim.post(order)
    await settled(sim)
    assert str(sim.inbox.requests[-1].url) == "http://inbox/hook"


@pytest.mark.parametrize(
    "body",
    [
        {"event_type": "ORDER_STATUS_CHANGE"},
        {"event_type": "ORDER_STATUS_CHANGE", "address": "http://shop.example/hook"},
        {"event_type": "ORDER_STATUS_CHANGE", "address": f"https://x/{'y' * 250}"},
        {"event_type": "", "address": "https://own/hook"},
        {"event_type": "order", "address": "https://own/hook"},
    ],
)
async def test_a_subscription_needs_an_event_and_an_https_address(
    sim: InProcessTikTok, body: Json
) -> None:
    answer = await sim.call("PUT", "/event/202309/webhooks", body)
    assert answer.json()["code"] == 36009004


async def test_settings_that_are_not_named_keep_their_value(sim: InProcessTikTok) -> None:
    await listen(sim, drop=0.25)
    shown = await sim.control("PUT", "/_sim/webhooks", {"duplicate": 0.5})
    assert (shown["url"], shown["drop"], shown["duplicate"]) == ("http://inbox/hook", 0.25, 0.5)
    for wrong in ({"drop": 2}, {"url": "ftp://x"}, {"delay_s": -1}, {"loss": 1}):
        error = await sim.control("PUT", "/_sim/webhooks", wrong, 400)
        assert next(iter(wrong)) in error["error"]
