"""A store is subscribed to its webhooks; requests about buyers' data are listed and answered."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from services.console.tests import happenings as happen
from typer.testing import Result

from shopify.webhooks import SUBSCRIBED

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
Run = Callable[..., Result]


def test_connecting_a_store_subscribes_it(run: Run, story: Any, shopify_store: Any) -> None:
    story.tell_all(story.shop(store=None))
    arguments = ("shop", "connect-shopify", "--shop", happen.SHOP, "--domain", happen.STORE)
    assert run(*arguments, input="shpat_secret\n").exit_code == 0
    assert shopify_store.asked.count("WebhookSubscriptionCreate") == len(SUBSCRIBED)
