"""What the fetcher counts; labels are few and never ids."""

from collections.abc import Iterable
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge

from tiktok.webhooks import EventKind


class Metrics:
    """One instance per registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"fetcher_{name}", text, labels, registry=registry)

        def gauge(name: str, text: str) -> Gauge:
            return Gauge(f"fetcher_{name}", text, registry=registry)

        self._answers = counter("webhook_answers", "Webhook requests answered", "status")
        self._notifications = counter(
            "notifications", "Genuine notifications; repeated ones were here before", "kind", "seen"
        )
        self._failed = counter("notifications_failed", "Times that one ended in a surprise")
        self._subscribed = counter(
            "webhook_subscriptions_made",
            "Notifications that went nowhere, subscribed again",
            "kind",
        )
        self._orders = counter("orders_changed", "Orders that were news", "by")
        self._failures = counter("failures", "Times that a kind of work for a shop failed", "kind")
        self._repaired = counter("orders_repaired", "Orders that only a reconciliation found")
        self._set_aside = counter(
            "orders_set_aside", "Times that an order could not be recorded", "reason"
        )
        self._erased = counter("recipients_erased", "Orders whose buyer's data was erased by age")
        self._not_erased = counter("erasures_failed", "Times that an erasure by age failed")
        self._shops = gauge("shops_followed", "Shops this process polls")
        self._complete = gauge(
            "complete_until_seconds", "Unix time up to which every shop followed here is complete"
        )
        self._waiting = gauge("notifications_waiting", "Notifications not fetched yet")

    def answered(self, status: int) -> None:
        """A webhook request got this HTTP status."""
        self._answers.labels(str(status)).inc()

    def notified(self, kind: int, *, is_new: bool) -> None:
        """A genuine notification came; a type we do not know counts as ``other``."""
        known = {int(event_kind) for event_kind in EventKind}
        self._notifications.labels(
            str(kind) if kind in known else "other", "new" if is_new else "repeated"
        ).inc()

    def notification_failed(self) -> None:
        """What a notification asks for ended in an error that nobody expects."""
        self._failed.inc()

    def subscribed(self, kinds: Iterable[str]) -> None:
        """These notifications of a shop went nowhere, and are subscribed again."""
        for kind in kinds:
            self._subscribed.labels(kind).inc()

    def fetched(self, by: str, changed: int) -> None:
        """So many orders were news: ``by`` webhook, poll or another kind of work."""
        self._orders.labels(by).inc(changed)

    def failed(self, kind: str) -> None:
        """A kind of work for a shop failed; it is tried again."""
        self._failures.labels(kind).inc()

    def repaired(self, orders: int) -> None:
        """A reconciliation found so many that nothing else had."""
        self._repaired.inc(orders)

    def set_aside(self, reason_code: str) -> None:
        """An order could not be recorded."""
        self._set_aside.labels(reason_code).inc()

    def erased(self) -> None:
        """An order's buyer data is gone, by age."""
        self._erased.inc()

    def not_erased(self) -> None:
        """An order's buyer data was due to go and could not be erased; it is tried again."""
        self._not_erased.inc()

    def following(self, shops: int) -> None:
        """So many shops are polled here."""
        self._shops.set(shops)

    def complete(self, until: datetime | None) -> None:
        """The earliest time up to which a shop followed here is complete."""
        self._complete.set(until.timestamp() if until else 0)

    def waiting(self, notifications: int) -> None:
        """So many notifications are not done."""
        self._waiting.set(notifications)
