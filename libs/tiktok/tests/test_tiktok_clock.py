"""A wrong clock is said with how wrong it is, by the date of TikTok's own answer."""

from datetime import UTC, datetime

import httpx
import pytest

from tiktok.calls import App, Shop
from tiktok.client import TikTokClient
from tiktok.errors import Misconfigured

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
REFUSAL = {"code": 36009004, "message": "Invalid 'timestamp': more than 5 minutes old"}


async def refused(headers: dict[str, str]) -> str:
    answer = httpx.Response(400, json=REFUSAL, headers=headers)
    transport = httpx.MockTransport(lambda _: answer)
    async with httpx.AsyncClient(transport=transport) as http:
        client = TikTokClient(http, App("key", "secret"), clock=lambda: NOW)
        with pytest.raises(Misconfigured) as failure:
            await client.orders_search(Shop("token", "cipher"))
    return str(failure.value)


@pytest.mark.parametrize(
    ("date", "said"),
    [
        ("Wed, 25 Nov 2026 12:10:00 GMT", "it is 600 s behind TikTok's"),
        ("Wed, 25 Nov 2026 11:59:00 GMT", "it is 60 s ahead of TikTok's"),
    ],
)
async def test_a_wrong_clock_is_said_by_how_much(date: str, said: str) -> None:
    text = await refused({"Date": date})
    assert "set this machine's clock" in text
    assert said in text


@pytest.mark.parametrize("headers", [{}, {"Date": "yesterday"}], ids=["no date", "no date at all"])
async def test_without_a_date_only_that_it_is_wrong_is_said(headers: dict[str, str]) -> None:
    assert "set this machine's clock" in await refused(headers)
