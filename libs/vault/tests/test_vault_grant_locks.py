"""A lock in memory goes to the next when its holder is gone, whether or not its block ends."""

import asyncio

from vault.grant_locks import GrantLocks


async def test_a_holder_that_is_gone_leaves_the_lock_and_its_place_to_others() -> None:
    process, order = ["dead"], list[str]()
    locks = GrantLocks(lambda: process[0])
    goes_on = asyncio.Event()

    async def hold(name: str) -> None:
        async with locks.locked("grant"):
            order.append(name)
            await goes_on.wait()

    tasks = []
    for name in ("dead", "dead", "alive", "next"):
        process[0] = name
        tasks.append(asyncio.create_task(hold(name)))
        await asyncio.sleep(0)
    assert order == ["dead"]
    locks.end("dead")
    locks.end("dead")
    for _ in range(3):
        await asyncio.sleep(0)
    assert order == ["dead", "alive"]
    goes_on.set()
    first, second, *others = await asyncio.gather(*tasks, return_exceptions=True)
    assert order == ["dead", "alive", "next"]
    assert (first, others, type(second)) == (None, [None, None], ConnectionResetError)
