import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias, TypedDict, Unpack

import httpx
import pytest

from shopify.answers import Answered, Done, Unauthorized, Unclear
from shopify.body import GuardedBody, WrittenOnce
from shopify.client import ShopifyClient
from shopify.denials import DenialKind
from shopify.tokens import StaticTokens
from shopify.transport import open_http

STORE = "demo.myshopify.com"
TOKEN = "shpat_planted_token_4711"
NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
VARIABLES = {"order": {"note": "Kim Planted, 12 Elm Street"}}

Handler: TypeAlias = Callable[[httpx.Request], httpx.Response]


class Settings(TypedDict, total=False):
    base_url: str
    version: str


def client_answering(handler: Handler, **settings: Unpack[Settings]) -> ShopifyClient:
    http = open_http(transport=httpx.MockTransport(handler))
    return ShopifyClient(http, StaticTokens({STORE: TOKEN}), clock=lambda: NOW, **settings)


def answering(body: object) -> Handler:
    return lambda _: httpx.Response(200, json=body)


def not_found(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json={"data": {"orderByIdentifier": None}})


class Seen:
    """Answers that the order was not found, and keeps the request."""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.request = request
        return not_found(request)


async def test_a_store_is_called_at_its_own_domain_with_its_token() -> None:
    seen = Seen()
    client = client_answering(seen)
    answer = await client.execute(STORE.upper(), "order_find_by_custom_id", {})
    assert isinstance(answer, Done)
    assert str(seen.request.url) == f"https://{STORE}/admin/api/2026-10/graphql.json"
    assert seen.request.headers["x-shopify-access-token"] == TOKEN
    assert seen.request.headers["content-length"] == str(len(seen.request.content))


async def test_a_simulator_gets_the_calls_of_every_store() -> None:
    seen = Seen()
    client = client_answering(seen, base_url="http://127.0.0.1:9/", version="2027-01")
    await client.execute(STORE, "order_find_by_custom_id", {})
    assert str(seen.request.url) == "http://127.0.0.1:9/admin/api/2027-01/graphql.json"
    assert seen.request.headers["host"] == STORE


@pytest.mark.parametrize(
    "store", ["shop.example.com", "demo", "https://demo.myshopify.com", "a.b.myshopify.com", ""]
)
async def test_any_other_domain_is_refused_with_the_fix(store: str) -> None:
    with pytest.raises(ValueError, match=r"<name>\.myshopify\.com"):
        await client_answering(not_found).execute(store, "shop_info", {})


async def test_a_store_without_token_is_unauthorized_and_not_called() -> None:
    client = client_answering(lambda _: pytest.fail("called"))
    answer = await client.execute("other.myshopify.com", "shop_info", {})
    assert isinstance(answer, Unauthorized)
    assert answer.kind is DenialKind.TOKEN_MISSING


async def test_a_misspelt_document_is_named() -> None:
    with pytest.raises(LookupError, match="order_kreate"):
        await client_answering(not_found).execute(STORE, "order_kreate", {})


async def test_neither_token_nor_buyer_is_in_an_answer_or_a_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    echo = {"errors": [{"message": "12 Elm Street", "extensions": {"value": VARIABLES}}]}
    answers: list[Answered] = []
    for body in (echo, {"data": {"orderCreate": {"order": VARIABLES["order"], "userErrors": []}}}):
        client = client_answering(answering(body))
        answers.append(await client.execute(STORE, "order_create", VARIABLES))
    shown = f"{answers!r} {caplog.text}"
    assert isinstance(answers[0], Unclear)
    assert isinstance(answers[1], Done)
    assert "Elm Street" not in shown
    assert TOKEN not in shown


def test_static_tokens_do_not_show_themselves() -> None:
    assert TOKEN not in repr(StaticTokens({STORE: TOKEN}))


async def test_a_body_is_written_once_and_not_after_its_call() -> None:
    body = GuardedBody(b"{}", None, lambda: NOW)
    assert [chunk async for chunk in body] == [b"{}"]
    with pytest.raises(WrittenOnce):
        [chunk async for chunk in body]
    late = GuardedBody(b"{}", None, lambda: NOW)
    late.forbid()
    with pytest.raises(WrittenOnce):
        [chunk async for chunk in late]
    assert late.written_at is None
