"""Notifications that go nowhere are subscribed again; what goes elsewhere is left alone."""

from collections.abc import Callable
from typing import Any

import pytest
from services.fetcher.tests.polled_shop import PolledShop
from tests.world.story import SHOP_ID, connected

from ordersync_contracts import events
from tiktok.webhooks import SUBSCRIBED

URL = "https://orders.example.com/webhooks/tiktok"
OTHER = "https://other.example.com"


@pytest.fixture
async def shop(make_home: Callable[..., Any]) -> PolledShop:
    """A connected shop on a simulated TikTok, and an address for notifications."""
    made = PolledShop(make_home(tiktok_webhook_url=URL))
    await made.open()
    await made.home.record(*connected())
    return made


async def attend(shop: PolledShop) -> None:
    await shop.home.service.rounds["subscriptions"]()


async def going(shop: PolledShop) -> dict[str, str]:
    calls = shop.home.service.reader.calls
    found = await calls.make(shop.shop, calls.tiktok.webhooks_list)
    return {subscription.event_type: subscription.address for subscription in found}


async def send(shop: PolledShop, kind: str, address: str) -> None:
    calls = shop.home.service.reader.calls
    await calls.make(shop.shop, lambda access: calls.tiktok.webhooks_put(access, kind, address))


async def test_what_goes_nowhere_is_subscribed_and_what_goes_elsewhere_stays(
    shop: PolledShop,
) -> None:
    await send(shop, SUBSCRIBED[0], OTHER)
    await attend(shop)
    assert await going(shop) == dict.fromkeys(SUBSCRIBED, URL) | {SUBSCRIBED[0]: OTHER}


async def test_a_subscription_that_somebody_ended_is_made_again(shop: PolledShop) -> None:
    await attend(shop)
    access = await shop.home.service.reader.calls.make(shop.shop, _itself)
    await shop.home.tiktok.about_shop(
        access, "webhooks_delete", "DELETE", "/event/202309/webhooks", {}, {"event_type": LAST}
    )
    assert LAST not in await going(shop)
    await attend(shop)
    assert (await going(shop))[LAST] == URL


LAST = SUBSCRIBED[-1]


async def _itself(access: Any) -> Any:
    return access


@pytest.mark.parametrize(
    "said",
    [
        events.ShopDisconnected(shop_id=SHOP_ID, disconnected_by="ana"),
        events.ShopPaused(shop_id=SHOP_ID, side="tiktok", reason_code="tiktok_scope_missing"),
    ],
)
async def test_a_shop_that_cannot_be_called_is_left_alone(shop: PolledShop, said: Any) -> None:
    await shop.home.record(said)
    await attend(shop)
    assert await going(shop) == {}


async def test_one_shop_that_does_not_answer_keeps_no_other_from_it(shop: PolledShop) -> None:
    (first, *_) = connected()
    stranger = first.model_copy(update={"shop_id": "1", "grant_id": "gone"})
    await shop.home.record(stranger)
    await attend(shop)
    assert set(await going(shop)) == set(SUBSCRIBED)


async def test_without_an_address_nothing_is_subscribed(make_home: Callable[..., Any]) -> None:
    shop = PolledShop(make_home())
    await shop.open()
    await shop.home.record(*connected())
    await attend(shop)
    assert await going(shop) == {}
