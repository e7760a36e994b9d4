"""A store is subscribed to its webhooks; requests about buyers' data are listed and answered."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from console.cli import build, compliance
from console.store_webhooks import subscribe
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
    assert await subscribe(store, STORE, URL) == (
        "app/uninstalled",
        "orders/delete",
        "orders/cancelled",
    )


@pytest.fixture
def run(place: Any) -> Run:
    def invoke(*arguments: str, **extra: Any) -> Result:
        return CliRunner().invoke(build(arguments), list(arguments), obj=place, **extra)

    return invoke


def test_connecting_a_store_subscribes_it(
    run: Run, happen: Any, story: Any, shopify_store: Any
) -> None:
    async def tell() -> None:
        await story.shop(store=None)

    asyncio.run(tell())
    arguments = ("shop", "connect-shopify", "--shop", happen.SHOP, "--domain", happen.STORE)
    assert run(*arguments, input="shpat_secret\n").exit_code == 0
    assert shopify_store.asked.count("WebhookSubscriptionCreate") == 3


@dataclass
class Owner:
    """Keeps ``compliance.Requests``: one open request."""

    HELD: str = "recipient and message"
    answers: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def open_inbox(self, settings: Any) -> AsyncIterator[object]:
        yield self

    async def open_requests(self, inbox: object) -> Any:
        return [
            SimpleNamespace(
                id="customers/data_request:e1",
                topic="customers/data_request",
                store=STORE,
                customer_id="77",
                orders=("gid://shopify/Order/5001",),
                received_at=NOW,
                respond_by=NOW,
            )
        ]

    async def answered(self, inbox: object, request_id: str, now: datetime, by: str) -> bool:
        self.answers.append(by)
        return request_id == "customers/data_request:e1"


@pytest.fixture
def owner(monkeypatch: pytest.MonkeyPatch) -> Owner:
    made = Owner()
    monkeypatch.setattr(compliance, "_requests", lambda: made)
    monkeypatch.setattr(compliance, "load", lambda _: None)
    return made


@pytest.mark.usefixtures("owner")
def test_open_requests_are_listed_with_their_date(run: Run) -> None:
    listed = run("compliance", "ls")
    assert "customers/data_request" in listed.stdout
    assert STORE in listed.stdout
    assert "recipient and message" in listed.stderr
    assert '"respond_by"' in run("compliance", "ls", "-o", "json").stdout


def test_a_request_is_answered_once_by_somebody(run: Run, owner: Owner) -> None:
    done = run("compliance", "done", "customers/data_request:e1", "--by", "olga")
    assert (done.exit_code, owner.answers) == (0, ["olga"])
    assert run("compliance", "done", "another").exit_code == 1
