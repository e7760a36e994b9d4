"""What is counted of Shopify's webhooks; labels are few and never ids."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge

from shopify.webhooks import TOPICS


class WebhookMetrics:
    """One instance per registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._answers = Counter(
            "shopify_webhook_answers", "Webhook requests answered", ["status"], registry=registry
        )
        self._done = Counter(
            "shopify_webhooks_done", "Webhooks carried out", ["topic"], registry=registry
        )
        self._failed = Counter(
            "shopify_webhooks_failed", "Times that one ended in a surprise", registry=registry
        )
        self._requests = Gauge(
            "shopify_compliance_requests_open",
            "Compliance requests that are not carried out",
            registry=registry,
        )
        self._subscribed = Counter(
            "shopify_webhook_subscriptions_made",
            "Subscriptions that were missing and made again",
            ["topic"],
            registry=registry,
        )
        self._missed = Counter(
            "shopify_webhooks_missed",
            "What no webhook told and was found later",
            ["what"],
            registry=registry,
        )

    def subscribed(self, topics: Iterable[str]) -> None:
        """These subscriptions were missing."""
        for topic in topics:
            self._subscribed.labels(topic).inc()

    def missed(self, what: str) -> None:
        """An event that a webhook should have told of."""
        self._missed.labels(what).inc()

    def answered(self, status: int) -> None:
        """A webhook request got this HTTP status."""
        self._answers.labels(str(status)).inc()

    def done(self, topic: str) -> None:
        """A webhook was carried out; a topic that we do not know counts as ``other``."""
        self._done.labels(topic if topic in TOPICS else "other").inc()

    def failed(self) -> None:
        """What a webhook asks for ended in an error that nobody expects."""
        self._failed.inc()

    def open_requests(self, count: int) -> None:
        """So many compliance requests are open."""
        self._requests.set(count)
