"""A store is subscribed to its webhooks; requests about buyers' data are listed and answered."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from services.console.tests import happenings as happen
from typer.testing import Result

from console.stores.webhooks import subscribe
from shopify.answers import CallFacts, Done, Refused
from shopify.refusals import RefusalKind, UserError

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
STORE = "harbor-and-pine.myshopify.com"
URL = "https://orders.example.com/webhooks/shopify"
Run = Callable[..., Result]


class Store:
    """Takes subscriptions; refuses those it has."""

    def __init__(self) -> None:
        self.subscribed: dict[str, str] = {}

    async def execute(self, store: str, what: Any, variables: Any, *, guard: Any = None) -> Any:
        assert (store, what) == (STORE, "webhook_subscription_create")
        topic, uri = variables["topic"], variables["webhookSubscription"]["uri"]
        facts = CallFacts(sent_at=NOW)
        if topic in self.subscribed:
            return Refused((UserError(None, ("uri",), RefusalKind.OTHER),), call=facts)
        self.subscribed[topic] = uri
        return Done({}, call=facts)


async def test_a_store_is_subscribed_to_the_topics_that_are_not_about_compliance() -> None:
    store = Store()
    assert await subscribe(store, STORE, URL) == ()
    assert store.subscribed == dict.fromkeys(
        ("APP_UNINSTALLED", "ORDERS_DELETE", "ORDERS_CANCELLED"), URL
    )


async def test_what_is_subscribed_already_is_named() -> None:
    store = Store()
    await subscribe(store, STORE, URL)
    found = await subscribe(store, STORE, URL)
    assert found == ("app/uninstalled", "orders/delete", "orders/cancelled")


def test_connecting_a_store_subscribes_it(run: Run, story: Any, shopify_store: Any) -> None:
    story.tell_all(story.shop(store=None))
    arguments = ("shop", "connect-shopify", "--shop", happen.SHOP, "--domain", happen.STORE)
    assert run(*arguments, input="shpat_secret\n").exit_code == 0
    assert shopify_store.asked.count("WebhookSubscriptionCreate") == 3
