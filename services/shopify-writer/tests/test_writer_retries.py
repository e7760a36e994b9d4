"""Which time counts against an order whose attempts go on failing."""

from dataclasses import replace
from datetime import timedelta

from tests.world.story import connected, stream

from connections.waits import Waits
from lifecycle import order as orders
from lifecycle import shop as shops
from ordersync_contracts import events
from shopify_jobs.failures import Failure
from shopify_jobs.known import Known
from shopify_jobs.retries import Retries
from shopify_writer.domain import series_of


def test_time_in_which_the_store_stood_still_does_not_count() -> None:
    failed = events.ShopifyOrderFailed(
        shop_id="1", order_id="2", store="s", draft_version=1, attempt=1, reason_code="throttled"
    )
    history = stream(failed)
    paused = events.ShopPaused(shop_id="1", side="shopify", reason_code="token_invalid")
    resumed = events.ShopResumed(shop_id="1", side="shopify")
    began = history[0].recorded_at
    times = [began, began, began, began + timedelta(hours=1), began + timedelta(hours=31)]
    told = zip(stream(*connected(), paused, resumed), times, strict=True)
    shop = shops.fold(replace(said, recorded_at=at) for said, at in told)
    known = Known("order-1-2", history, orders.fold(history), shop)
    now = began + timedelta(hours=80)
    retries, series = Retries(Waits(), lambda: 0.0), series_of(known.order)
    failure = Failure("throttled")
    assert known.series_began_at(series, now) == began + timedelta(hours=30)
    assert retries.next_attempt_at(failure, 1, known.series_began_at(series, now), now) is not None
    without = replace(known, shop=shops.Shop())
    assert retries.next_attempt_at(failure, 1, without.series_began_at(series, now), now) is None


def test_only_what_came_since_the_last_wish_belongs_to_the_series() -> None:
    ids = {"shop_id": "1", "order_id": "2", "store": "s"}
    tried = {"draft_version": 1, "attempt": 1}
    asked = events.ShopifyOrderRequested(**ids, **tried, idempotency_key="k", input_digest="d")
    failed = events.ShopifyOrderFailed(**ids, **tried, reason_code="throttled")
    waits = events.ShopifyOrderFailed(**ids, **tried, reason_code="unpaid")
    removed = events.ShopifyOrderRemoved(**ids, shopify_order_id="gid", seen_by="webhook")
    created = events.ShopifyOrderCreated(**ids, outcome="created", shopify_order_id="gid")
    history = stream(asked, failed, created, removed, asked, failed, waits, created)
    series = series_of(orders.fold(history[:7]))
    assert [series(recorded) for recorded in history] == [
        *[False] * 4,
        True,
        True,
        False,
        None,
    ]
