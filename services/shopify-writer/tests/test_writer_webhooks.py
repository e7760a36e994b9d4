"""Shopify's webhooks are checked, kept and thanked for, and what they ask for is carried out."""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs
from tests.world import faults
from tests.world.poison import unreadable
from tests.world.story import ORDER_ID, SHOP_ID, STORE, connected

from eventstore.journal import Journal
from ordersync_contracts import events
from ordersync_contracts.ids import created_id
from ordersync_contracts.streams import order_stream, products_stream, shop_stream
from shopify.denials import DenialKind
from shopify_writer.webhooks.actions import UNKNOWN_FOR
from shopify_writer.webhooks.endpoint import LONGEST_BODY, PATH
from shopify_writer.webhooks.inbox import RESPOND_WITHIN

GID = "gid://shopify/Order/5001"
STREAM = order_stream(SHOP_ID, ORDER_ID)
BUYER = {"id": 77, "email": "petra@planted.example", "phone": "+12135550147"}


class Home:
    """Endpoint, inbox and the work, on the writer's world in memory."""

    def __init__(self, world: Any) -> None:
        self.world = world
        self.inbox = world.inbox
        self.service = world.service
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.service.endpoints["webhooks"]),
            base_url="http://door",
        )

    @property
    def finished(self) -> list[str]:
        """What is carried out."""
        return [name for name, kept in self.inbox.kept.items() if kept.done_at is not None]

    async def post(self, topic: str, body: Any, event_id: str = "e1", **headers: str) -> int:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        answer = await self.http.post(
            PATH, content=raw, headers=signed(raw, topic, event_id) | headers
        )
        assert answer.content == b""
        return answer.status_code

    async def hear(self, topic: str, body: Any, event_id: str = "e1") -> None:
        """A webhook comes, and what it asks for is carried out."""
        await self.post(topic, body, event_id)
        await self.carry_out()

    async def carry_out(self) -> None:
        await self.service.rounds["carry-out"]()

    async def is_done_with_when_read_again(self) -> None:
        """An erasure that was not done with before; its order says so then."""
        assert not self.finished
        self.world.now += timedelta(hours=1)
        await self.carry_out()
        assert self.finished
        assert (await self.names())[-1] == "RecipientErased"

    async def names(self, stream: str = STREAM) -> list[str]:
        return [said.name for said in await self.world.store.read(stream)]

    async def created(self) -> None:
        event = events.ShopifyOrderCreated(
            shop_id=SHOP_ID, order_id=ORDER_ID, outcome="created", store=STORE, shopify_order_id=GID
        )
        journal = Journal(self.world.store, "shopify-writer", self.world.clock.wall)
        await journal.fact(STREAM, created_id(STORE, GID), event)


def signed(raw: bytes, topic: str, event_id: str, secret: str = "secret") -> dict[str, str]:
    digest = hmac.digest(secret.encode(), raw, hashlib.sha256)
    return {
        "X-Shopify-Topic": topic,
        "X-Shopify-Shop-Domain": STORE,
        "X-Shopify-Event-Id": event_id,
        "X-Shopify-Webhook-Id": f"delivery of {event_id}",
        "X-Shopify-Hmac-SHA256": base64.b64encode(digest).decode(),
    }


@pytest.fixture
async def home(world: Any) -> AsyncIterator[Home]:
    made = Home(world)
    async with made.http:
        yield made


async def test_a_genuine_webhook_is_kept_and_a_repeated_one_is_not_kept_again(home: Home) -> None:
    assert [await home.post("orders/delete", {"id": 5001}) for _ in range(3)] == [200] * 3
    (kept,) = home.inbox.kept.values()
    assert (kept.row["order_ids"], kept.row["store"]) == ([GID], STORE)


async def test_one_event_delivered_by_two_subscriptions_is_one_webhook(home: Home) -> None:
    await home.post("orders/delete", {"id": 5001})
    await home.post("orders/delete", {"id": 5001}, **{"X-Shopify-Webhook-Id": "another delivery"})
    assert len(home.inbox.kept) == 1


async def test_the_old_secret_is_accepted_while_it_is_changed(home: Home) -> None:
    raw = b'{"id": 5001}'
    headers = signed(raw, "orders/delete", "e1", "secret of last month")
    assert await home.post("orders/delete", raw, **headers) == 200


@pytest.mark.parametrize("signature", ["", "AAAA", "\u00fcber", None])
async def test_a_bad_signature_is_refused_and_nothing_kept(
    home: Home, signature: str | None
) -> None:
    raw = b'{"id": 5001}'
    headers = {k.encode(): v.encode() for k, v in signed(raw, "orders/delete", "e").items()}
    del headers[b"X-Shopify-Hmac-SHA256"]
    if signature is not None:
        headers[b"X-Shopify-Hmac-SHA256"] = signature.encode("latin-1")
    answer = await home.http.post(PATH, content=raw, headers=list(headers.items()))
    assert answer.status_code == 401
    assert not home.inbox.kept


async def test_a_changed_body_and_bytes_that_are_no_text_are_refused(home: Home) -> None:
    headers = signed(b'{"id": 5001}', "orders/delete", "e1")
    for raw in (b'{"id": 5002}', b'{"id":5001}', b"\xff\xfe", b"[" * 200_000):
        answer = await home.http.post(PATH, content=raw, headers=headers)
        assert answer.status_code == 401


@pytest.mark.parametrize(
    ("topic", "body"),
    [
        ("orders/delete", {}),
        ("orders/delete", {"id": "5001; DROP"}),
        ("orders/delete", []),
        ("orders/delete", b"not JSON"),
        ("orders/delete", b'{"id": ' + b"9" * 5000 + b"}"),
        ("orders/delete", {"id": "9" * 21}),
        ("orders/delete", {"id": "5001\x00"}),
        ("customers/redact", {"orders_to_redact": 5}),
        ("shop/redact", {"shop_domain": "another-store.myshopify.com"}),
        ("", {"id": 1}),
    ],
)
async def test_a_signed_body_that_cannot_be_what_its_topic_says_is_refused(
    home: Home, topic: str, body: Any
) -> None:
    assert await home.post(topic, body) == 400
    assert not home.inbox.kept


async def test_what_no_column_takes_for_text_is_left_out_and_the_webhook_kept(home: Home) -> None:
    raw = b'{"id": 5001, "note": "\\u0000\\ud800", "cancel_reason": "\\udfff", "\\ud83d\\ude00": 1}'
    assert await home.post("orders/cancelled", raw) == 200
    (kept,) = home.inbox.kept.values()
    assert (kept.row["order_ids"], kept.row["reason"]) == ([GID], "")


@pytest.mark.parametrize("event_id", ["", "e" * 101, "e\x7f", "\u00e9"])
async def test_a_header_that_is_no_event_s_id_is_refused(home: Home, event_id: str) -> None:
    raw = b'{"id": 5001}'
    headers = {k.encode(): v.encode("latin-1") for k, v in signed(raw, "orders/delete", "").items()}
    headers[b"X-Shopify-Webhook-Id"] = event_id.encode("latin-1")
    answer = await home.http.post(PATH, content=raw, headers=list(headers.items()))
    assert answer.status_code == 400


async def test_too_long_a_body_is_refused(home: Home) -> None:
    assert await home.post("orders/delete", b" " * (LONGEST_BODY + 1)) == 413


async def test_a_topic_that_is_none_of_ours_is_thanked_for_and_not_kept(home: Home) -> None:
    assert await home.post("orders/updated", {"id": 5001}) == 200
    assert not home.inbox.kept


async def test_neither_log_nor_inbox_holds_what_a_body_says_of_a_person(home: Home) -> None:
    body = {"shop_domain": STORE, "customer": BUYER, "orders_requested": [5001]}
    with capture_logs() as logs:
        await home.post("customers/data_request", body)
        await home.post("customers/redact", body | {"orders_to_redact": ["petra@planted"]})
    assert "planted" not in str(logs)
    assert "planted" not in str(home.inbox.kept)
    assert len(home.inbox.kept) == 1


async def test_a_deleted_order_is_removed_once(home: Home) -> None:
    await home.created()
    await home.hear("orders/delete", {"id": 5001})
    await home.hear("orders/delete", {"id": 5001}, "e2")
    assert await home.names() == ["ShopifyOrderCreated", "ShopifyOrderRemoved"]
    assert len(home.finished) == 2


async def test_a_deletion_that_comes_before_the_creations_event_waits_for_it(home: Home) -> None:
    await home.hear("orders/delete", {"id": 5001})
    assert not home.finished
    await home.created()
    home.world.now += timedelta(seconds=10)
    await home.carry_out()
    assert (await home.names())[-1] == "ShopifyOrderRemoved"


async def test_an_order_that_is_none_of_ours_is_given_up_after_a_while(home: Home) -> None:
    await home.hear("orders/delete", {"id": 9999})
    home.world.now += UNKNOWN_FOR
    await home.carry_out()
    assert len(home.finished) == 1


async def test_a_cancellation_in_shopify_is_recorded_once_with_its_code(home: Home) -> None:
    await home.created()
    for event_id in ("e1", "e2"):
        body = {"id": 5001, "cancel_reason": "customer"}
        await home.hear("orders/cancelled", body, event_id)
    last = (await home.world.store.read(STREAM))[-1]
    assert isinstance(last.event, events.ShopifyOrderCancelled)
    assert last.event.reason == "customer"
    assert (await home.names()).count("ShopifyOrderCancelled") == 1


async def test_an_uninstalled_app_pauses_the_store_visibly(home: Home) -> None:
    home.world.shopify.faults["order_find_by_custom_id"] = [faults.denied(DenialKind.TOKEN)]
    await home.hear("app/uninstalled", {"myshopify_domain": STORE})
    last = (await home.world.store.read(shop_stream(SHOP_ID)))[-1].event
    assert last == events.ShopPaused(shop_id=SHOP_ID, side="shopify", reason_code="app_uninstalled")


async def test_news_of_an_uninstallation_that_is_over_pauses_nothing(home: Home) -> None:
    before = await home.names(shop_stream(SHOP_ID))
    await home.hear("app/uninstalled", {"myshopify_domain": STORE})
    assert await home.names(shop_stream(SHOP_ID)) == before
    assert len(home.finished) == 1


async def test_a_store_that_stays_silent_is_not_asked_for_one_webhook_for_ever(home: Home) -> None:
    home.world.shopify.faults["order_find_by_custom_id"] = [faults.trouble] * 1000
    await home.hear("app/uninstalled", {"myshopify_domain": STORE})
    assert home.finished == []
    for _ in range(30):
        home.world.now += timedelta(hours=1)
        await home.carry_out()
    assert len(home.finished) == 1
    assert len(home.world.shopify.asked()) < 30


async def test_a_customers_orders_are_erased_and_their_streams_say_so(home: Home) -> None:
    await home.created()
    await home.world.vault.put(SHOP_ID, ORDER_ID, "recipient", {"name": "Petra"}, masked=False)
    body = {"shop_domain": STORE, "customer": BUYER, "orders_to_redact": [5001]}
    for event_id in ("e1", "e2"):
        await home.hear("customers/redact", body, event_id)
    last = (await home.world.store.read(STREAM))[-1].event
    assert isinstance(last, events.RecipientErased)
    assert (last.reason, last.erased_by) == ("customer_request", "shopify-writer")
    assert (await home.names()).count("RecipientErased") == 1
    assert type(await home.world.vault.get(SHOP_ID, ORDER_ID, "recipient")).__name__ == "Erased"


async def test_a_redacted_shop_loses_all_recipients_and_its_credentials(home: Home) -> None:
    await home.created()
    await home.world.vault.put(SHOP_ID, ORDER_ID, "recipient", {"name": "Petra"}, masked=False)
    await home.world.vault.put_credential("shopify_store", STORE, {"access_token": "t"})
    await home.hear("shop/redact", {"shop_domain": STORE})
    assert await home.world.vault.get_credential("shopify_store", STORE) is None
    assert type(await home.world.vault.get(SHOP_ID, ORDER_ID, "recipient")).__name__ == "Erased"
    assert (await home.names())[-1] == "RecipientErased"
    assert (await home.names(shop_stream(SHOP_ID)))[-1] == "ShopPaused"


async def test_an_order_that_cannot_be_read_holds_up_no_other_shop_of_a_redacted_store(
    home: Home,
) -> None:
    other, world = "7495514739648989999", home.world
    assert other > SHOP_ID
    await home.created()
    await world.say(*(said.model_copy(update={"shop_id": other}) for said in connected()))
    await world.vault.put(other, "2", "recipient", {"name": "Petra"}, masked=False)
    await world.vault.put_credential("shopify_store", STORE, {"access_token": "t"})
    with unreadable(STREAM):
        await home.hear("shop/redact", {"shop_domain": STORE})
    assert type(await world.vault.get(other, "2", "recipient")).__name__ == "Erased"
    assert await world.vault.get_credential("shopify_store", STORE) is None
    await home.is_done_with_when_read_again()


async def test_a_redacted_store_is_not_done_with_while_a_shop_cannot_be_read(home: Home) -> None:
    """Nobody knows to which store it goes."""
    await home.created()
    with unreadable(shop_stream(SHOP_ID)):
        await home.hear("shop/redact", {"shop_domain": STORE})
    await home.is_done_with_when_read_again()


async def test_a_request_for_data_waits_for_a_person_with_its_date(home: Home) -> None:
    await home.hear("customers/data_request", {"shop_domain": STORE, "orders_requested": [5001]})
    (open_request,) = await home.inbox.requests()
    assert open_request.respond_by == home.world.now + RESPOND_WITHIN
    assert open_request.message.order_ids == (GID,)


async def test_work_that_fails_is_due_again(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    await home.created()

    async def away(*_: Any) -> Any:
        raise ConnectionResetError

    await home.post("customers/redact", {"shop_domain": STORE, "orders_to_redact": [5001]})
    with monkeypatch.context() as broken:
        broken.setattr(home.world.vault, "erase_order", away)
        await home.carry_out()
    assert not home.finished
    home.world.now += timedelta(seconds=10)
    await home.carry_out()
    assert (await home.names())[-1] == "RecipientErased"


async def test_changes_of_products_are_told_once_for_all_of_five_minutes(home: Home) -> None:
    at = "2026-11-25T12:0{}:30Z"
    for n, minute in enumerate((0, 1, 4, 6)):
        triggered = {"X-Shopify-Triggered-At": at.format(minute)}
        assert await home.post("products/update", {"id": 1}, f"e{n}", **triggered) == 200
    await home.carry_out()
    stream = products_stream(SHOP_ID)
    assert await home.names(stream) == ["ProductsChanged"] * 2
    await home.hear("products/delete", {"id": 1}, "gone")
    (*_, last) = [said.event for said in await home.world.store.read(stream)]
    assert isinstance(last, events.ProductsChanged)
    assert (last.store, last.deleted) == (STORE, True)
