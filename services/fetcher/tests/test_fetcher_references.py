"""Orders from before the connection: TikTok is asked once which Shopify orders they are."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs
from tests.world.story import NOW, ORDER_ID, SHOP_ID, raw_order

from fetcher.domain import Window
from fetcher.reading.orders import OrderReader
from lifecycle.shop import Shop
from ordersync_contracts.events import OrderFetched
from tiktok.errors import Throttled

REFERENCE = {"external_orders": [{"id": "5523456789012", "platform": "SHOPIFY"}]}


class TikTok:
    """Answers for one order and its references; counts how often it was asked for those."""

    def __init__(self, reader: OrderReader) -> None:
        self.named = reader.named
        self.orders = [raw_order()]
        self.asked = 0
        self.refusal: httpx.Response | None = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/external_orders"):
            self.asked += 1
            return self.refusal or self._says(REFERENCE)
        return self._says({"orders": self.orders})

    def _says(self, data: dict[str, Any]) -> httpx.Response:
        return httpx.Response(200, json={"code": 0, "message": "Success", "data": data})


@pytest.fixture
async def tiktok(home: Any) -> TikTok:
    await home.authorise(SHOP_ID)
    made = TikTok(home.service.reader)
    home.network = httpx.MockTransport(made)
    return made


def connected(after: timedelta) -> Shop:
    """A shop connected this long after the order was placed."""
    placed_at = NOW - timedelta(hours=3)
    return Shop(shop_id=SHOP_ID, grant_id="grant-1", connected_at=placed_at + after)


async def snapshot(home: Any) -> OrderFetched:
    newest: OrderFetched = (await home.snapshots())[-1]
    return newest


async def test_what_other_systems_told_is_asked_once_and_carried_on(
    tiktok: TikTok, home: Any
) -> None:
    shop = connected(timedelta(hours=1))
    assert await tiktok.named(shop, [ORDER_ID]) == 1
    assert (await snapshot(home)).known_as == ("5523456789012",)
    home.now += timedelta(minutes=5)
    assert await tiktok.named(shop, [ORDER_ID]) == 0
    tiktok.orders = [raw_order(status="IN_TRANSIT", update_time=int(home.now.timestamp()))]
    assert await tiktok.named(shop, [ORDER_ID]) == 1
    assert (await snapshot(home)).known_as == ("5523456789012",)
    assert tiktok.asked == 1


@pytest.mark.parametrize(
    ("after", "changes"),
    [
        (timedelta(hours=-1), {}),
        (timedelta(hours=1), {"fulfillment_type": "FULFILLMENT_BY_TIKTOK"}),
    ],
)
async def test_an_order_that_nobody_else_may_have_created_is_not_asked_for(
    tiktok: TikTok, home: Any, after: timedelta, changes: dict[str, Any]
) -> None:
    tiktok.orders = [raw_order(**changes)]
    await tiktok.named(connected(after), [ORDER_ID])
    assert (await snapshot(home)).known_as is None
    assert tiktok.asked == 0


async def test_a_missing_permission_is_said_and_stops_no_order(tiktok: TikTok, home: Any) -> None:
    tiktok.refusal = httpx.Response(403, json={"code": 105005, "message": "scope"})
    with capture_logs() as logs:
        await tiktok.named(connected(timedelta(hours=1)), [ORDER_ID])
    assert (await snapshot(home)).known_as == ()
    found = [line["event"] for line in logs if "references" in line["event"]]
    assert found == ["references.refused"]


async def test_an_order_is_not_kept_before_tiktok_has_answered(tiktok: TikTok, home: Any) -> None:
    """It may be in Shopify already: it is set aside, said, and kept once TikTok answers."""
    tiktok.refusal = httpx.Response(500, json={"code": 36009003, "message": "internal"})
    shop = connected(timedelta(hours=1))
    assert await tiktok.named(shop, [ORDER_ID]) == 0
    assert await home.snapshots() == []
    (aside,) = await home.order_index.all_set_aside(SHOP_ID)
    assert (aside.order_id, aside.reason_code) == (ORDER_ID, "references_unavailable")
    tiktok.refusal = None
    assert await tiktok.named(shop, [ORDER_ID]) == 1
    assert (await snapshot(home)).known_as == ("5523456789012",)
    assert await home.order_index.all_set_aside(SHOP_ID) == ()


async def test_orders_that_others_cannot_have_created_do_not_wait_for_references(
    tiktok: TikTok, home: Any
) -> None:
    later = int((NOW - timedelta(hours=1)).timestamp())
    tiktok.orders = [raw_order(), raw_order(id="7"), raw_order(id="6", create_time=later)]
    tiktok.refusal = httpx.Response(503)
    assert await tiktok.named(connected(timedelta(hours=1)), [ORDER_ID, "7", "6"]) == 1
    assert len(await home.snapshots("6")) == 1
    assert tiktok.asked == 1


async def test_what_can_wait_is_read_again_when_references_are_answered(
    tiktok: TikTok, home: Any
) -> None:
    """No order of a history is set aside while a call is throttled: its page comes again."""
    tiktok.refusal = httpx.Response(429)
    shop, day = connected(timedelta(hours=1)), Window(NOW - timedelta(days=1), NOW)
    with pytest.raises(Throttled):
        assert [page async for page in home.service.reader.created(shop, day)]
    assert await home.order_index.all_set_aside(SHOP_ID) == ()


async def test_an_id_that_tiktok_refuses_stops_no_other_of_its_call(
    tiktok: TikTok, home: Any
) -> None:
    """A call for fifty orders is refused for the one that is another seller's."""

    def refuse(request: httpx.Request) -> httpx.Response:
        ids = request.url.params["ids"].split(",")
        if "bad" in ids:
            return httpx.Response(400, json={"code": 21008111, "message": "not yours"})
        said = {"orders": [raw_order(id=order_id) for order_id in ids]}
        return httpx.Response(200, json={"code": 0, "message": "Success", "data": said})

    home.network = httpx.MockTransport(refuse)
    with capture_logs() as logs:
        assert await tiktok.named(connected(timedelta(hours=-1)), ["1", "2", "bad", "3"]) == 3
    assert [line["error"] for line in logs if line["event"] == "order.refused"] == ["NotOurs"]
    assert len(await home.store.streams("order")) == 3
