"""The inboxes of both services in PostgreSQL keep what every inbox promises."""

from datetime import timedelta

import pytest
from libs.inbox.tests.suite_inbox import NOW, InboxSuite, RequestsSuite
from tests.integration.database_access import Pool

from fetcher.tables import MIGRATIONS as FETCHER
from fetcher.webhooks import inbox as notifications
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
