"""The token host: codes, tokens, refresh."""

from typing import Any

from simulators.tiktok.in_process import InProcessTikTok, Json

GET = "/api/v2/token/get"
REFRESH = "/api/v2/token/refresh"
APP = {"app_key": "test_key", "app_secret": "test_secret"}


async def ask(sim: InProcessTikTok, path: str, **query: str) -> Any:
    return (await sim.http.get(path, params=APP | query)).json()


async def exchange(sim: InProcessTikTok, grant: Json, **wrong: str) -> Any:
    query = {"auth_code": grant["auth_code"], "grant_type": "authorized_code"}
    return await ask(sim, GET, **query | wrong)


async def refresh(sim: InProcessTikTok, grant: Json, **wrong: str) -> Any:
    query = {"refresh_token": grant["refresh_token"], "grant_type": "refresh_token"}
    return await ask(sim, REFRESH, **query | wrong)


async def granted(sim: InProcessTikTok, **wish: object) -> Any:
    return await sim.control("POST", "/_sim/grants", {"shop_ids": [sim.shop_id]} | wish)


async def test_a_code_works_once(sim: InProcessTikTok) -> None:
    grant = await granted(sim, seller_name="Testa's Shop")
    first, second = await exchange(sim, grant), await exchange(sim, grant)
    assert first["code"] == 0
    assert first["message"] == "success"
    assert first["data"]["seller_name"] == "Testa's Shop"
    assert first["data"]["seller_base_region"] == "US"
    assert "seller.order.info" in first["data"]["granted_scopes"]
    assert (second["code"], second["message"]) == (36004004, "Invalid auth code.")


async def test_a_code_ends_after_half_an_hour(sim: InProcessTikTok) -> None:
    grant = await granted(sim)
    sim.now += 30 * 60
    assert (await exchange(sim, grant))["code"] == 36004004


async def test_expiry_is_told_in_absolute_unix_seconds(sim: InProcessTikTok) -> None:
    grant = await granted(sim, access_token_s=60, refresh_token_s=600)
    assert grant["access_token_expire_in"] == int(sim.now) + 60
    assert grant["refresh_token_expire_in"] == int(sim.now) + 600


async def test_a_refresh_gives_new_tokens_and_leaves_the_old_ones_valid(
    sim: InProcessTikTok,
) -> None:
    grant = await granted(sim)
    first, second = await refresh(sim, grant), await refresh(sim, grant)
    assert first["data"]["access_token"] != second["data"]["access_token"]
    for token in (grant["access_token"], first["data"]["access_token"]):
        answer = await sim.call("GET", "/authorization/202309/shops", token=token, shop_cipher=None)
        assert answer.json()["code"] == 0


async def test_a_refresh_heals_an_expired_access_token(sim: InProcessTikTok) -> None:
    grant = await granted(sim, access_token_s=60)
    sim.now += 61
    sim.token = grant["access_token"]
    assert (await sim.call("POST", "/order/202309/orders/search", page_size="1")).status_code == 401
    sim.token = (await refresh(sim, grant))["data"]["access_token"]
    await sim.search()


async def test_dead_refresh_tokens_are_refused(sim: InProcessTikTok) -> None:
    grant = await granted(sim, refresh_token_s=60)
    assert (await refresh(sim, grant, refresh_token="x"))["code"]
    sim.now += 60
    assert (await refresh(sim, grant))["code"] == 36004001


async def test_wrong_secrets_and_grant_types_are_refused(sim: InProcessTikTok) -> None:
    grant = await granted(sim)
    for wrong in ({"app_key": "x"}, {"app_secret": "x"}, {"grant_type": "authorization_code"}):
        assert (await exchange(sim, grant, **wrong))["code"] == 36009004
    assert (await exchange(sim, grant))["code"] == 0


async def test_a_grant_covers_several_shops(sim: InProcessTikTok) -> None:
    await sim.control("PUT", "/_sim/shops/42", {"name": "Second", "cipher": "TTP_second=="})
    both = await sim.control("POST", "/_sim/grants", {"shop_ids": [sim.shop_id, "42"]})
    sim.token = both["access_token"]
    data = await sim.data("GET", "/authorization/202309/shops", shop_cipher=None)
    assert [shop["id"] for shop in data["shops"]] == [sim.shop_id, "42"]
    assert data["shops"][1] == {
        "id": "42",
        "name": "Second",
        "region": "US",
        "seller_type": "LOCAL",
        "cipher": "TTP_second==",
        "code": data["shops"][1]["code"],
    }
