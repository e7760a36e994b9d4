"""How long is waited before what failed is tried again: every such wait stands here.

A setting (``ShopifySettings.waits``, ``TikTokSettings.waits``), so that a test or a campaign makes
them shorter: that changes when things are tried again, never whether.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from runtime.backoff import Backoff


@dataclass(frozen=True, slots=True)
class Waits:
    """``Backoff``: growing waits in seconds; the rest is always the same.

    ``failure``: Shopify failed in passing. ``order_limit``: its limit of five orders a minute on
    development stores, which opens again within a minute. ``doubt``: what became of a request is
    looked up again. ``cause``: a person has to remove the cause first. ``unanswered``: a store did
    not say whether an order that was found is there. ``products``: a store's products could not be
    read. ``shop``: a TikTok shop could not be read. ``pause``: a paused side is asked again;
    ``relapse``: so for the first time, when it paused again soon after it had seemed well.
    ``shopify_webhook``, ``tiktok_webhook``: what was taken could not be done. ``set_aside``: an
    order that could not be recorded. ``read_back``: a store did not say what was created there.
    ``page``: a page of a store's orders is asked for again; ``listing``: so is a comparison with
    its orders that was cut off. ``surprise``: a job ended with an error that nobody expects.
    """

    failure: Backoff = field(default=Backoff(first=4.0, longest=3600.0))
    order_limit: Backoff = field(default=Backoff(first=30.0, longest=120.0))
    doubt: timedelta = timedelta(seconds=2)
    cause: timedelta = timedelta(hours=1)
    unanswered: timedelta = timedelta(seconds=30)
    products: Backoff = field(default=Backoff(first=5.0, longest=900.0))
    shop: Backoff = field(default=Backoff(first=1.0, longest=300.0))
    pause: Backoff = field(default=Backoff(first=30.0, longest=900.0))
    relapse: Backoff = field(default=Backoff(first=900.0, longest=86_400.0))
    shopify_webhook: Backoff = field(default=Backoff(first=5.0, longest=900.0))
    tiktok_webhook: Backoff = field(default=Backoff(first=2.0, longest=900.0))
    set_aside: Backoff = field(default=Backoff(first=60.0, longest=21_600.0))
    read_back: Backoff = field(default=Backoff(first=4.0, longest=300.0))
    page: Backoff = field(default=Backoff(first=1.0, longest=30.0))
    listing: Backoff = field(default=Backoff(first=60.0, longest=900.0))
    surprise: Backoff = field(default=Backoff(first=1.0, longest=300.0))
