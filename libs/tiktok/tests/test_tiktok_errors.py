"""Every row of the table in ``error_rules``."""

import httpx
import pytest
from libs.tiktok.tests.recorded_tiktok import SHOP, Recorded, client_on

from tiktok import errors
from tiktok.error_rules import Failure, error_for
from tiktok.errors import TikTokError

PLANTED = "Kim Planted TTP_planted_token"


def of(code: int | None, status: int, message: str = PLANTED) -> TikTokError:
    return error_for(Failure("orders_search", status, code, message, "r1", None))


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        (105002, 401, errors.TokenExpired),
        (105001, 401, errors.AuthorizationLost),
        (105004, 200, errors.AuthorizationLost),
        (36004001, 200, errors.AuthorizationLost),
        (36004004, 400, errors.AuthorizationLost),
        (105005, 403, errors.ScopeMissing),
        (101000, 401, errors.ShopNotCovered),
        (106001, 401, errors.Misconfigured),
        (36009033, 403, errors.Misconfigured),
        (36009002, 429, errors.Throttled),
        (36009003, 500, errors.ServerTrouble),
        (36009007, 408, errors.ServerTrouble),
        (10002014, 200, errors.ServerTrouble),
        (10002015, 200, errors.ServerTrouble),
        (10037002, 200, errors.ServerTrouble),
        (10037004, 200, errors.ServerTrouble),
        (10006402, 200, errors.ServerTrouble),
        (21011044, 200, errors.ServerTrouble),
        (21008111, 200, errors.NotOurs),
        (106013, 400, errors.CallRejected),
        (36009009, 404, errors.CallRejected),
        (36009010, 405, errors.CallRejected),
        (25001021, 200, errors.CallRejected),
        (None, 301, errors.Misconfigured),
        (None, 400, errors.CallRejected),
        (None, 401, errors.AuthorizationLost),
        (None, 403, errors.ServerTrouble),
        (77, 403, errors.AuthorizationLost),
        (None, 408, errors.ServerTrouble),
        (None, 429, errors.Throttled),
        (None, 500, errors.ServerTrouble),
        (None, 503, errors.ServerTrouble),
        (77, 502, errors.ServerTrouble),
    ],
)
def test_a_code_or_status_says_who_has_to_act(
    code: int | None, status: int, kind: type[TikTokError]
) -> None:
    assert type(of(code, status)) is kind


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("Invalid credentials. Invalid 'x-tts-access-token' header.", errors.TokenExpired),
        ("Invalid 'access_token'", errors.TokenExpired),
        ("The access token is invalid", errors.TokenExpired),
        (
            "Invalid credentials. Invalid 'app_key' query parameter. For more details: …",
            errors.Misconfigured,
        ),
        ("Invalid 'app_secret' query parameter.", errors.Misconfigured),
        ("Invalid 'timestamp': more than 5 minutes old.", errors.Misconfigured),
        ("The shop id is invalid", errors.ShopNotCovered),
        ("The 'sign' query parameter is required.", errors.CallRejected),
        ("The 'shop_cipher' query parameter is not required.", errors.CallRejected),
        ("PageSize is a required field", errors.CallRejected),
    ],
)
def test_the_catch_all_code_is_told_apart_by_its_wording(
    message: str, kind: type[TikTokError]
) -> None:
    assert type(of(36009004, 400, message)) is kind


def test_an_error_says_what_it_knows_and_nothing_that_was_echoed() -> None:
    error = of(36009004, 400)
    assert str(error) == (
        "orders_search: TikTok cannot take this call (code 36009004, HTTP 400, request r1)"
    )
    assert "Planted" not in f"{error!r}{vars(error)}"


async def test_how_long_to_wait_is_kept() -> None:
    def handler(_: httpx.Request) -> httpx.Response:
        return httpx.Response(429, json={"code": 36009002}, headers={"Retry-After": "2.5"})

    with pytest.raises(errors.Throttled) as raised:
        await client_on(handler).order_detail(SHOP, ["1"])
    assert raised.value.retry_after_s == 2.5
    assert raised.value.code == 36009002


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"code":0,"da', b"[]", b'{"code":"x"}'])
async def test_an_unreadable_success_is_no_answer(body: bytes) -> None:
    with pytest.raises(errors.NoAnswer, match="cannot be read"):
        await client_on(lambda _: httpx.Response(200, content=body)).order_detail(SHOP, ["1"])


async def test_a_code_counts_whatever_the_status() -> None:
    with pytest.raises(errors.TokenExpired):
        await client_on(Recorded(code="105002")).order_detail(SHOP, ["1"])
    with pytest.raises(errors.ServerTrouble):
        await client_on(Recorded(code=0, status=503)).order_detail(SHOP, ["1"])
