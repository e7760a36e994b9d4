"""The inboxes of both services in PostgreSQL keep what every inbox promises."""

from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import pytest
from libs.inbox.tests.suite_inbox import NOW, InboxSuite, RequestsSuite

from devstack.databases import Database
from fetcher.tables import MIGRATIONS as FETCHER
from fetcher.webhooks import inbox as notifications
from inbox.postgres import PostgresInbox
from runtime.migrations import migrate
from shopify.webhooks import CUSTOMER_REDACT, DATA_REQUEST, ORDER_DELETED, Webhook
from shopify_writer.tables import MIGRATIONS as WRITER
from shopify_writer.webhooks import inbox as webhooks
from tiktok.webhooks import Notification


@pytest.fixture
async def pool(database: Database) -> "AsyncIterator[asyncpg.Pool[asyncpg.Record]]":
    await migrate(database.admin_dsn, [FETCHER, WRITER])
    async with asyncpg.create_pool(database.app_dsn, min_size=1, max_size=8) as made:
        yield made


class TestNotifications(InboxSuite[Notification]):
    """``libs/inbox/tests`` runs the suites in memory."""

    layout = notifications.LAYOUT

    @pytest.fixture
    def inbox(self, pool: "asyncpg.Pool[asyncpg.Record]") -> PostgresInbox[Notification]:
        return PostgresInbox(pool, self.layout)

    def message(self, number: int, key: str = "1") -> Notification:
        return Notification(1, f"n{number}", key, None, (f"o{number}", "o"), (), NOW)


class TestWebhooks(InboxSuite[Webhook], RequestsSuite[Webhook]):
    """With requests of a person's data, which a person answers."""

    layout = webhooks.LAYOUT

    @pytest.fixture
    def inbox(self, pool: "asyncpg.Pool[asyncpg.Record]") -> PostgresInbox[Webhook]:
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
