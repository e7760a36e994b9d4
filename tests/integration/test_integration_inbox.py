"""The inboxes of both services in PostgreSQL keep what every inbox promises."""

from datetime import timedelta

import httpx
import pytest
from libs.inbox.tests.suite_inbox import NOW, InboxSuite, RequestsSuite
from prometheus_client import CollectorRegistry
from services.fetcher.tests.notifications import NEW, body, signed
from tests.integration.database_access import Pool

from fetcher.metrics import Metrics
from fetcher.tables import MIGRATIONS as FETCHER
from fetcher.webhooks import inbox as notifications
from fetcher.webhooks.endpoint import PATH, WebhookEndpoint
from inbox.postgres import PostgresInbox
from shopify.webhooks import CUSTOMER_REDACT, DATA_REQUEST, ORDER_DELETED, Webhook
from shopify_writer.tables import MIGRATIONS as WRITER
from shopify_writer.webhooks import inbox as webhooks
from tiktok.webhooks import Notification

MIGRATED = [FETCHER, WRITER]


class TestNotifications(InboxSuite[Notification]):
    """``libs/inbox/tests`` runs the suites in memory."""

    layout = notifications.LAYOUT

    @pytest.fixture
    def inbox(self, pool: Pool) -> PostgresInbox[Notification]:
        return PostgresInbox(pool, self.layout)

    def message(self, number: int, key: str = "1") -> Notification:
        return Notification(1, f"n{number}", key, None, (f"o{number}", "o"), (), NOW)

    @pytest.mark.parametrize(
        ("odd", "status"),
        [
            (rb"\ud800", 200),
            (rb"\u0000", 200),
            (b"n" * 20_000, 200),
            (b'1", "type": 2147483647, "x": "', 200),
            (b'1", "type": 2147483648, "x": "', 400),
        ],
        ids=["half a pair", "NUL", "a long id", "the highest type", "a higher one"],
    )
    async def test_whatever_tiktok_signs_is_kept_or_refused_never_sent_again_for_ever(
        self, inbox: PostgresInbox[Notification], odd: bytes, status: int
    ) -> None:
        endpoint = WebhookEndpoint(
            (NEW,), inbox, lambda: None, lambda: NOW, Metrics(CollectorRegistry())
        )
        raw = body("ODD", data={"order_id": "5", "message": "ODD"}).replace(b"ODD", odd)
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(endpoint), base_url="http://door"
        ) as http:
            answer = await http.post(PATH, content=raw, headers=signed(raw))
        assert answer.status_code == status
        assert await inbox.waiting() == (status == 200)


class TestWebhooks(InboxSuite[Webhook], RequestsSuite[Webhook]):
    """With requests of a person's data, which a person answers."""

    layout = webhooks.LAYOUT

    @pytest.fixture
    def inbox(self, pool: Pool) -> PostgresInbox[Webhook]:
        return PostgresInbox(pool, self.layout)

    def message(self, number: int, key: str = "1") -> Webhook:
        gid = f"gid://shopify/Order/{number}"
        return Webhook(f"w{number}", ORDER_DELETED, key, NOW, (gid,), "77", "customer")

    def dated(self, number: int) -> Webhook:
        return Webhook(f"r{number}", CUSTOMER_REDACT, "1", NOW)

    def for_a_person(self, number: int) -> Webhook:
        return Webhook(f"d{number}", DATA_REQUEST, "1", NOW)

    async def test_a_request_is_to_be_answered_within_thirty_days(
        self, inbox: PostgresInbox[Webhook]
    ) -> None:
        await inbox.put(self.dated(1), NOW)
        (request,) = await inbox.requests()
        assert request.respond_by == NOW + timedelta(days=30)
