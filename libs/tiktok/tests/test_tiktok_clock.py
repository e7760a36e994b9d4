"""A wrong clock is said with how wrong it is, by the date of TikTok's own answer."""

from datetime import datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from libs.tiktok.tests.recorded_tiktok import NOW, SHOP, client_on

from tiktok.errors import Misconfigured
from tiktok.exchange import by_their_clock

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


SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("date", "took", "asked"),
    [
        (NOW, 0.2, NOW),
        (NOW + SECOND, 1.5, NOW),
        (NOW - SECOND, 0.2, NOW - 1.2 * SECOND),
        (NOW - 25 * SECOND, 0.2, NOW - 25.2 * SECOND),
        (NOW + 25 * SECOND, 3.0, NOW + 22 * SECOND),
        (NOW - 1000 * SECOND, 0.2, NOW),
    ],
    ids=["same", "slow", "ahead", "far ahead", "behind", "not to be believed"],
)
def test_when_it_was_asked_is_told_by_their_clock_and_never_later(
    date: datetime, took: float, asked: datetime
) -> None:
    """As it is while both clocks can be right; their date is cut off to a second."""
    given = format_datetime(date.replace(microsecond=0), usegmt=True)
    assert by_their_clock(NOW, timedelta(seconds=took), given) == asked


@pytest.mark.parametrize("date", [None, "", "yesterday", "Thu, 09 Oct 2025 08:52:20 -0000"])
def test_without_a_date_it_is_our_own_time(date: str | None) -> None:
    assert by_their_clock(NOW, SECOND, date) == NOW
