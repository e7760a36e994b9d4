"""What is checked before a call is looked at, and in which order."""

import re
from typing import Any

import pytest

from simulators.tiktok.in_process import InProcessTikTok

SEARCH = "/order/202309/orders/search"
MORE = "For more details: https://m.tiktok.shop/s/AIu6dbFhs2XW"
SHOPS = "/authorization/202309/shops"


async def refusal(
    sim: InProcessTikTok, method: str | None = None, path: str | None = None, **changes: str | None
) -> Any:
    answer = await sim.call(method or "POST", path or SEARCH, {}, **{"page_size": "20"} | changes)
    return answer.status_code, answer.json()["code"], answer.json()["message"]


async def test_an_unknown_path_is_refused_before_everything_else(sim: InProcessTikTok) -> None:
    assert await refusal(sim, path="/order/209901/orders", app_key="x") == (
        404,
        36009009,
        "Invalid path.",
    )


async def test_a_wrong_method_is_refused_before_the_app_key(sim: InProcessTikTok) -> None:
    assert (await refusal(sim, method="DELETE", app_key="x"))[:2] == (405, 36009010)


async def test_a_wrong_app_key_is_refused_before_the_time_in_the_words_captured_live(
    sim: InProcessTikTok,
) -> None:
    assert await refusal(sim, app_key="x", timestamp="1") == (
        400,
        36009004,
        f"Invalid credentials. Invalid 'app_key' query parameter. {MORE}",
    )


@pytest.mark.parametrize(
    ("shift", "words"),
    [(-301, "more than 5 minutes old"), (31, "more than 30 seconds in the future")],
)
async def test_a_time_outside_the_window_is_refused_before_the_signature(
    sim: InProcessTikTok, shift: int, words: str
) -> None:
    status, code, message = await refusal(sim, timestamp=str(int(sim.now) + shift), sign="x")
    assert (status, code) == (400, 36009004)
    assert words in message


@pytest.mark.parametrize("shift", [-299, 29])
async def test_a_time_inside_the_window_is_accepted(sim: InProcessTikTok, shift: int) -> None:
    await sim.search(timestamp=str(int(sim.now) + shift))


@pytest.mark.parametrize("timestamp", ["-5", "soon", None])
async def test_a_time_that_is_none_is_refused(sim: InProcessTikTok, timestamp: str | None) -> None:
    assert (await refusal(sim, timestamp=timestamp))[:2] == (400, 36009004)


async def test_a_wrong_signature_is_refused_before_the_token(sim: InProcessTikTok) -> None:
    query = sim.query(SEARCH, page_size="20") | {"sign": "0" * 64}
    answer = await sim.http.post(SEARCH, params=query)
    assert answer.status_code == 401
    assert answer.json()["code"] == 106001
    assert "The 'sign' query parameter is invalid." in answer.json()["message"]


async def test_a_body_changed_after_signing_is_refused(sim: InProcessTikTok) -> None:
    query = sim.query(SEARCH, b'{"order_status":"UNPAID"}', page_size="20")
    answer = await sim.http.post(SEARCH, params=query, content=b'{"order_status": "UNPAID"}')
    assert answer.json()["code"] == 106001


async def test_a_missing_signature_is_named(sim: InProcessTikTok) -> None:
    query = sim.query(SEARCH, page_size="20")
    del query["sign"]
    answer = await sim.http.post(SEARCH, params=query)
    assert (answer.status_code, answer.json()["code"]) == (400, 36009004)
    assert "'sign'" in answer.json()["message"]


async def test_an_unknown_token_is_refused_before_the_shop(sim: InProcessTikTok) -> None:
    status, code, message = await refusal(sim, token="TTP_wrong", shop_cipher=None)
    assert (status, code) == (400, 36009004)
    assert "x-tts-access-token" in message


async def test_an_expired_token_is_told_apart(sim: InProcessTikTok) -> None:
    sim.now += sim.settings.access_token_s
    assert (await refusal(sim))[:2] == (401, 105002)


async def test_a_withdrawn_authorisation_is_told_apart(sim: InProcessTikTok) -> None:
    await sim.control("DELETE", f"/_sim/grants?shop_id={sim.shop_id}")
    assert (await refusal(sim))[:2] == (401, 105001)


async def test_a_missing_shop_is_refused_before_the_parameters(sim: InProcessTikTok) -> None:
    assert (await refusal(sim, shop_cipher=None, page_size=None))[:2] == (400, 106013)


async def test_the_shop_of_another_grant_is_refused(sim: InProcessTikTok) -> None:
    other = await sim.control("PUT", "/_sim/shops/42", {"name": "Other"})
    assert (await refusal(sim, shop_cipher=other["cipher"]))[:2] == (401, 101000)
    assert (await refusal(sim, shop_cipher="TTP_unknown"))[:2] == (401, 101000)


async def test_a_shop_is_refused_where_none_is_required(sim: InProcessTikTok) -> None:
    status, code, message = await refusal(sim, "GET", SHOPS, page_size=None)
    assert (status, code) == (400, 36009004)
    assert "not required" in message


async def test_parameters_are_refused_last(sim: InProcessTikTok) -> None:
    assert await refusal(sim, page_size=None) == (400, 36009004, "PageSize is a required field")


async def test_the_rate_limit_comes_after_the_parameters(sim: InProcessTikTok) -> None:
    sim.settings = type(sim.settings)("test_key", "test_secret", rate_limit_per_s=2)
    sim.start()
    await sim.open_shop()
    codes = [(await refusal(sim))[:2] for _ in range(3)]
    assert codes == [(200, 0), (200, 0), (429, 36009002)]
    assert (await refusal(sim, page_size=None))[0] == 400
    sim.now += 1
    assert (await refusal(sim))[0] == 200


async def test_every_answer_carries_the_envelope_and_its_own_request_id(
    sim: InProcessTikTok,
) -> None:
    answers = [(await sim.call("GET", SHOPS, shop_cipher=None)).json() for _ in range(2)]
    assert [set(answer) for answer in answers] == [{"code", "message", "request_id", "data"}] * 2
    assert all(re.fullmatch(r"\d{14}[0-9A-F]{20}", answer["request_id"]) for answer in answers)
    assert answers[0]["request_id"] != answers[1]["request_id"]
    assert answers[0]["message"] == "Success"
    refused = (await sim.call("POST", SEARCH, {}, app_key="x")).json()
    assert refused["data"] is None


async def test_a_body_that_is_no_object_is_refused(sim: InProcessTikTok) -> None:
    for content in (b"[1]", b"{", b'"x"'):
        query = sim.query(SEARCH, content, page_size="20")
        headers = {"x-tts-access-token": sim.token}
        answer = await sim.http.post(SEARCH, params=query, content=content, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (400, 36009004)
