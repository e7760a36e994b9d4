"""Orders from before the connection: TikTok is asked once which Shopify orders they are."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs
from tests.world.story import NOW, ORDER_ID, SHOP_ID, raw_order

from fetcher.reading.orders import OrderReader
from lifecycle.shop import Shop
from ordersync_contracts.events import OrderFetched
from tiktok.errors import ServerTrouble

REFERENCE = {"external_orders": [{"id": "5523456789012", "platform": "SHOPIFY"}]}


class TikTok:
    """Answers for one order and its references; counts how often it was asked for those."""

    def __init__(self, reader: OrderReader) -> None:
        self.named = reader.named
        self.order = raw_order()
        self.asked = 0
        self.refusal: httpx.Response | None = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/external_orders"):
            self.asked += 1
            return self.refusal or self._says(REFERENCE)
        return self._says({"orders": [self.order]})

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
    tiktok.order = raw_order(status="IN_TRANSIT", update_time=int(home.now.timestamp()))
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
    tiktok.order = raw_order(**changes)
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
    tiktok.refusal = httpx.Response(500, json={"code": 36009003, "message": "internal"})
    with pytest.raises(ServerTrouble):
        await tiktok.named(connected(timedelta(hours=1)), [ORDER_ID])
    assert await home.snapshots() == []
