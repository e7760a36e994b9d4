"""A query that its token was refused for is made once more with another token; a mutation never."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from shopify.answers import Answer, Unauthorized
from shopify.client import ShopifyClient

STORE = "demo.myshopify.com"
NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


class Renewable:
    """Keeps ``TokenProvider``: an old token, and others after it."""

    def __init__(self, *others: str) -> None:
        self.others = list(others)
        self.refused: list[str] = []

    async def token(self, store: str) -> str:
        return "old"

    async def another(self, store: str, refused: str) -> str | None:
        self.refused.append(refused)
        return self.others.pop(0) if self.others else None


async def ask(what: str, tokens: Renewable, accepted: str) -> tuple[Answer, Sequence[str]]:
    sent: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.headers["X-Shopify-Access-Token"])
        if sent[-1] != accepted:
            return httpx.Response(401, json={"errors": "[API] Invalid API key or access token"})
        return httpx.Response(200, json={"data": {"orders": None}})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        client = ShopifyClient(http, tokens, clock=lambda: NOW)
        variables: dict[str, Any] = {"query": "x"}
        return await client.execute(STORE, what, variables), sent


async def test_a_query_is_made_once_more_with_the_renewed_token() -> None:
    answer, sent = await ask("order_find", Renewable("new"), accepted="new")
    assert sent == ["old", "new"]
    assert not isinstance(answer, Unauthorized)


@pytest.mark.parametrize("others", [(), ("new",), ("new", "newer")])
async def test_a_token_that_stays_refused_is_not_asked_for_twice(others: tuple[str, ...]) -> None:
    tokens = Renewable(*others)
    answer, sent = await ask("order_find", tokens, accepted="none of them")
    assert isinstance(answer, Unauthorized)
    assert tokens.refused == ["old"]
    assert len(sent) == 1 + len(others[:1])


async def test_a_mutation_is_sent_once_and_its_token_renewed_for_the_next_call() -> None:
    tokens = Renewable("new")
    answer, sent = await ask("order_create", tokens, accepted="new")
    assert isinstance(answer, Unauthorized)
    assert sent == ["old"]
    assert tokens.refused == ["old"]
