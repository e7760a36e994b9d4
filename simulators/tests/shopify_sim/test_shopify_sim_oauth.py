"""The token endpoint and what its tokens may do."""

import base64
import hashlib
import hmac
import json
from typing import Any
from urllib.parse import parse_qsl

import pytest

from simulators.shopify.in_process import InProcessShopify, Json

APP = {"client_id": "simulator-client", "client_secret": "simulator-secret"}
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"


async def ask(shopify: InProcessShopify, **given: Any) -> Any:
    return await shopify.http.post(
        "/admin/oauth/access_token", json={**APP, **given}, headers={"Host": shopify.domain}
    )


async def opens(shopify: InProcessShopify, token: str) -> Any:
    shopify.token = token
    return (await shopify.post({"query": "{ shop { id } }"})).status_code == 200


@pytest.mark.parametrize("wrong", [{"client_secret": "x"}, {"client_id": "x"}])
async def test_wrong_credentials_are_refused(shopify: InProcessShopify, wrong: Json) -> None:
    answer = await ask(shopify, grant_type="client_credentials", **wrong)
    assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})


async def test_client_credentials_last_a_day(shopify: InProcessShopify) -> None:
    answer = (await ask(shopify, grant_type="client_credentials")).json()
    assert answer["expires_in"] == 86_399
    assert "write_orders" in answer["scope"]
    assert await opens(shopify, answer["access_token"])
    shopify.pass_time(86_399)
    assert not await opens(shopify, answer["access_token"])


async def test_a_code_gives_one_offline_token(shopify: InProcessShopify) -> None:
    code = (await shopify.http.post("/_sim/codes", json={"shop": shopify.domain})).json()["code"]
    answer = await ask(shopify, code=code)
    assert "expires_in" not in answer.json()
    assert await opens(shopify, answer.json()["access_token"])
    assert (await ask(shopify, code=code)).status_code == 400


async def test_a_refresh_token_rotates(shopify: InProcessShopify) -> None:
    code = (await shopify.http.post("/_sim/codes", json={"shop": shopify.domain})).json()["code"]
    first = (await ask(shopify, code=code, expiring=1)).json()
    assert first["expires_in"] == 3_600
    refresh = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    second = await ask(shopify, **refresh)
    assert await opens(shopify, second.json()["access_token"])
    assert (await ask(shopify, **refresh)).json() == {"error": "invalid_grant"}


async def test_an_old_refresh_token_is_good_until_the_new_access_token_is_used(
    shopify: InProcessShopify,
) -> None:
    """So whoever lost the answer asks again."""
    code = (await shopify.http.post("/_sim/codes", json={"shop": shopify.domain})).json()["code"]
    first = (await ask(shopify, code=code, expiring=1)).json()
    refresh = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    lost, second = await ask(shopify, **refresh), await ask(shopify, **refresh)
    assert (lost.status_code, second.status_code) == (200, 200)
    assert await opens(shopify, second.json()["access_token"])
    assert (await ask(shopify, **refresh)).status_code == 400


async def test_the_answer_of_the_token_endpoint_can_be_lost_after_the_rotation(
    shopify: InProcessShopify,
) -> None:
    code = (await shopify.http.post("/_sim/codes", json={"shop": shopify.domain})).json()["code"]
    first = (await ask(shopify, code=code, expiring=1)).json()
    refresh = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    path = {"path": "/admin/oauth/access_token"}
    await shopify.fault({"match": path, "kind": "reset_after_commit", "count": 1})
    with pytest.raises(ConnectionResetError):
        await ask(shopify, **refresh)
    assert (await ask(shopify, **refresh)).status_code == 200


def session_token(claims: Json, secret: bytes = b"simulator-secret") -> Any:
    parts = [json.dumps(part).encode() for part in ({"alg": "HS256"}, claims)]
    signed = ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
    signature = hmac.digest(secret, signed.encode(), hashlib.sha256)
    return f"{signed}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


async def test_a_session_token_is_exchanged_if_it_is_genuine_and_for_this_store(
    shopify: InProcessShopify,
) -> None:
    claims = {"dest": f"https://{shopify.domain}", "exp": shopify.now + 60}
    genuine = session_token(claims)
    answer = await ask(shopify, grant_type=EXCHANGE, subject_token=genuine)
    assert await opens(shopify, answer.json()["access_token"])
    for bad in (
        session_token(claims, b"other"),
        session_token({**claims, "dest": "https://other.myshopify.com"}),
        session_token({**claims, "exp": shopify.now - 1}),
        "nonsense",
    ):
        refused = await ask(shopify, grant_type=EXCHANGE, subject_token=bad)
        assert refused.json() == {"error": "invalid_subject_token"}


async def test_an_online_token_may_not_create_orders(shopify: InProcessShopify) -> None:
    claims = {"dest": f"https://{shopify.domain}", "exp": shopify.now + 60}
    answer = await ask(
        shopify,
        grant_type=EXCHANGE,
        subject_token=session_token(claims),
        requested_token_type="urn:shopify:params:oauth:token-type:online-access-token",
    )
    shopify.token = answer.json()["access_token"]
    query = "mutation { orderCreate(order: {lineItems: []}) { userErrors { message } } }"
    result = await shopify.graph(query)
    assert result["errors"][0]["extensions"]["code"] == "ACCESS_DENIED"


async def test_an_uninstalled_app_loses_its_issued_tokens(shopify: InProcessShopify) -> None:
    token = (await ask(shopify, grant_type="client_credentials")).json()["access_token"]
    await shopify.http.post(
        "/_sim/webhook", json={"shop": shopify.domain, "topic": "app/uninstalled"}
    )
    assert not await opens(shopify, token)


async def test_an_unknown_grant_or_store_is_refused(shopify: InProcessShopify) -> None:
    assert (await ask(shopify, grant_type="password")).json() == {"error": "unsupported_grant_type"}
    shopify.domain = "nobody.myshopify.com"
    assert (await ask(shopify, grant_type="client_credentials")).status_code == 404


async def install(shopify: InProcessShopify, **asked: str) -> Any:
    return await shopify.http.get(
        "/admin/oauth/authorize", params=asked, headers={"Host": shopify.domain}
    )


async def test_installing_redirects_with_a_signed_code_for_one_token(
    shopify: InProcessShopify,
) -> None:
    target = "https://orders.example.com/installed"
    asked = {"client_id": "simulator-client", "redirect_uri": target, "state": "s1"}
    answer = await install(shopify, **asked)
    assert answer.status_code == 302
    address, _, query = answer.headers["location"].partition("?")
    given = dict(parse_qsl(query))
    assert (address, given["state"], given["shop"]) == (target, "s1", shopify.domain)
    signature = given.pop("hmac")
    signed = "&".join(f"{key}={value}" for key, value in sorted(given.items()))
    assert signature == hmac.new(b"simulator-secret", signed.encode(), "sha256").hexdigest()
    token = (await ask(shopify, code=given["code"], expiring=1)).json()
    assert await opens(shopify, token["access_token"])
    assert (await install(shopify, **{**asked, "client_id": "x"})).status_code == 400
