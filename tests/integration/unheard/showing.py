"""What the console does with its tables. One ``Story`` each."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from services.console.tests.suite_rows import row
from tests.integration.unheard.story import HOUR, NOW, SHOP, Story

from console.orders.bulk_runs import BulkRun
from console.rows import Changes, ShopFetched, Sku, Unshown


async def bulk_runs(story: Story) -> None:
    runs = story.store
    await story.do(partial(runs.begin, BulkRun("form", "ana", json.dumps({}), 900)))

    async def claim() -> Any:
        await story.sql("UPDATE console.bulk_sync SET free_at = now()")
        return await runs.claim()

    run = await story.do(runs.claim, claim)
    await story.do(partial(runs.put_off, run, 0.0, waits_for=["mapper"]))
    run = await claim()
    await story.do(partial(runs.go_on, run, "2026-11-25T12:00:00+00:00~order-7495-1", 500, 480))
    run = await claim()
    await story.do(partial(runs.finish, run))
    await story.do(partial(runs.dismiss, "form"))


async def rows(story: Story) -> None:
    shown = Changes(
        orders=(row("1"), row("2")),
        skus=(Sku(SHOP, "1"),),
        fetched=(ShopFetched(SHOP, read_back_to=NOW),),
        unshown=(Unshown("order-7495-3", "UnreadableEvent"),),
    )
    for page in (shown, replace(shown, unshown=())):

        async def follow(page: Changes = page) -> None:
            before = await story.store.position()
            goal = 5 if page.unshown else 9
            if before < goal:
                await story.store.apply(page, before=before, after=goal)

        await story.do(follow)
    assert sum(tally.orders for tally in await story.store.tally()) == 2
    await story.do(story.store.clear)
    await story.store.apply(shown, before=0, after=9)


async def authorizations(story: Story) -> None:
    expires_at = datetime.now(UTC) + HOUR
    await story.do(partial(story.store.begin, "digest", "ana", expires_at), _nothing)
    await story.do(partial(story.store.take, "digest", datetime.now(UTC)))


async def _nothing() -> None:
    """A person sees the error, and begins again under another state."""
