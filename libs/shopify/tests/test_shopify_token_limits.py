"""A request for a token takes no longer than its limit, however slowly its answer comes."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime

import httpx
import pytest

from shopify.oauth import StoreToken, TokenDelayed, TokenSource

STORE, NOW = "a.myshopify.com", datetime(2026, 10, 1, tzinfo=UTC)
CLAIMS = base64.urlsafe_b64encode(json.dumps({"dest": f"https://{STORE}"}).encode()).decode()


async def drip() -> AsyncIterator[bytes]:
    """A byte now and then, and never the last one."""
    while True:
        yield b" "
        await asyncio.sleep(0.02)


@pytest.fixture
async def source() -> AsyncIterator[TokenSource]:
    """No single byte of its answers takes long."""
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=drip()))
    async with httpx.AsyncClient(transport=transport, timeout=1.0) as http:
        yield TokenSource("id", "secret", http, limit_s=0.2)


@pytest.mark.parametrize(
    "ask",
    [
        lambda source: source.renew(STORE, "r", NOW),
        lambda source: source.by_credentials(STORE, NOW),
        lambda source: source.by_code(STORE, "code", NOW),
        lambda source: source.by_session(STORE, f"h.{CLAIMS}.s"),
    ],
    ids=["renew", "by_credentials", "by_code", "by_session"],
)
async def test_a_token_s_answer_that_drips_ends_as_delayed(
    source: TokenSource, ask: Callable[[TokenSource], Awaitable[StoreToken]]
) -> None:
    async with asyncio.timeout(5):
        with pytest.raises(TokenDelayed, match="deadline"):
            await ask(source)
