"""A store is subscribed to what is missing, at our address; what is there is left alone."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from shopify.answers import Answer, CallFacts, Done, DoubtReason, Refused, Unclear
from shopify.refusals import RefusalKind, UserError
from shopify.subscriptions import NotSubscribed, ensure
from shopify.webhooks import COMPLIANCE, SUBSCRIBED

STORE = "harbor-and-pine.myshopify.com"
URL = "https://orders.example.com/webhooks/shopify"
CALL = CallFacts(sent_at=datetime(2026, 11, 25, 12, 0, tzinfo=UTC))


class Store:
    """Lists its subscriptions one a page, takes new ones but for those of ``refuses``."""

    def __init__(self, *subscribed: tuple[str, str], refuses: Sequence[str] = ()) -> None:
        self.subscribed = list(subscribed)
        self.refuses = refuses
        self.is_down = False

    async def execute(self, store: str, what: str, variables: Any, *, guard: Any = None) -> Answer:
        assert store == STORE
        if self.is_down:
            return Unclear(DoubtReason.SERVER_ERROR, call=CALL)
        if what == "webhook_subscriptions":
            return Done(self._page(int(variables["after"] or 0)), call=CALL)
        assert what == "webhook_subscription_create"
        topic, uri = variables["topic"], variables["webhookSubscription"]["uri"]
        if topic in self.refuses:
            return Refused((UserError(None, ("uri",), RefusalKind.OTHER),), call=CALL)
        self.subscribed.append((topic, uri))
        return Done({}, call=CALL)

    def _page(self, begin: int) -> dict[str, Any]:
        page = self.subscribed[begin : begin + 1]
        info = {"hasNextPage": begin + 1 < len(self.subscribed), "endCursor": str(begin + 1)}
        nodes = [{"topic": topic, "uri": uri} for topic, uri in page]
        return {"webhookSubscriptions": {"nodes": nodes, "pageInfo": info}}


async def test_a_store_is_subscribed_to_the_topics_that_are_not_about_compliance() -> None:
    store = Store()
    assert await ensure(store, STORE, URL) == tuple(SUBSCRIBED)
    assert set(store.subscribed) == {(name, URL) for name in SUBSCRIBED.values()}
    assert not COMPLIANCE & set(SUBSCRIBED)


async def test_what_is_there_is_left_alone_wherever_in_the_list() -> None:
    there = [(name, URL) for name in SUBSCRIBED.values()]
    store = Store(*there)
    assert await ensure(store, STORE, URL) == ()
    assert store.subscribed == there


async def test_what_goes_to_another_address_goes_to_ours_as_well() -> None:
    other = ("ORDERS_CANCELLED", "https://other.example.com")
    store = Store(other)
    assert "orders/cancelled" in await ensure(store, STORE, URL)
    assert other in store.subscribed


async def test_a_topic_that_is_refused_is_named_and_the_others_are_subscribed() -> None:
    store = Store(refuses=["ORDERS_DELETE"])
    with pytest.raises(NotSubscribed, match=r"not subscribed to orders/delete$"):
        await ensure(store, STORE, URL)
    assert len(store.subscribed) == len(SUBSCRIBED) - 1


async def test_a_store_that_does_not_list_them_is_not_subscribed_blindly() -> None:
    store = Store()
    store.is_down = True
    with pytest.raises(NotSubscribed, match="Unclear"):
        await ensure(store, STORE, URL)
