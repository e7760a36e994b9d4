"""Given the same randomness and clock, two simulators say the same."""

from itertools import count

from simulators.randomness import Randomness
from simulators.shopify import in_process
from simulators.tiktok.in_process import InProcessTikTok


def repeatable() -> Randomness:
    """Ids and secrets that are counted."""
    ids, secrets = count(1), count(1)
    return Randomness(lambda: f"id-{next(ids)}", lambda: f"secret-{next(secrets)}", seed=7)


async def tiktok_says() -> object:
    sim = InProcessTikTok(clock=lambda: 1_795_000_500.0, randomness=repeatable())
    sim.start()
    await sim.open_shop()
    return sim.token, (await sim.call("GET", "/authorization/202309/shops")).text


async def shopify_says() -> object:
    domains = ("one.myshopify.com", "two.myshopify.com")
    made = in_process.running(now=lambda: 1_795_000_500.0, domains=domains, randomness=repeatable())
    async with made as sim:
        assert sim.domain == domains[0]
        answer = await sim.post({"query": "{ shop { name } }"})
        code = await sim.http.post("/_sim/codes", json={"shop": domains[1]})
        return answer.headers["x-request-id"], answer.text, code.text


async def test_two_of_tiktok_say_the_same() -> None:
    said = await tiktok_says()
    assert said == await tiktok_says()
    assert "secret-" in str(said)


async def test_two_of_shopify_say_the_same() -> None:
    said = await shopify_says()
    assert said == await shopify_says()
    assert "id-" in str(said)
    assert "secret-" in str(said)
