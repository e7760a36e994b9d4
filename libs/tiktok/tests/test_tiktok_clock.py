"""A wrong clock is said with how wrong it is, by the date of TikTok's own answer."""

import httpx
import pytest
from libs.tiktok.tests.recorded_tiktok import SHOP, client_on

from tiktok.errors import Misconfigured

REFUSAL = {"code": 36009004, "message": "Invalid 'timestamp': more than 5 minutes old"}


async def refused(headers: dict[str, str]) -> str:
    answer = httpx.Response(400, json=REFUSAL, headers=headers)
    with pytest.raises(Misconfigured) as failure:
        await client_on(lambda _: answer).orders_search(SHOP)
    return str(failure.value)


@pytest.mark.parametrize(
    ("date", "said"),
    [
        ("Thu, 09 Oct 2025 09:03:20 GMT", "it is 600 s behind TikTok's"),
        ("Thu, 09 Oct 2025 08:52:20 GMT", "it is 60 s ahead of TikTok's"),
    ],
)
async def test_a_wrong_clock_is_said_by_how_much(date: str, said: str) -> None:
    text = await refused({"Date": date})
    assert "set this machine's clock" in text
    assert said in text


@pytest.mark.parametrize("headers", [{}, {"Date": "yesterday"}], ids=["no date", "no date at all"])
async def test_without_a_date_only_that_it_is_wrong_is_said(headers: dict[str, str]) -> None:
    assert "set this machine's clock" in await refused(headers)
