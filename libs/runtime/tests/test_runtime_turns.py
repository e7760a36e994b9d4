"""A page of many orders never holds up the process: others get their turn in between."""

import asyncio

from runtime.turns import AT_ONCE, in_turns


async def test_others_get_a_turn_within_a_page() -> None:
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    assert [turn async for turn in in_turns(range(20 * AT_ONCE))] == list(range(20 * AT_ONCE))
    task.cancel()
    assert turns >= 20
