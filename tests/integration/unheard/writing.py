"""What is done with jobs, and what the shopify-writer does with its tables. One ``Story`` each."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

from tests.integration.unheard.story import HOUR, NOW, OTHER, SHOP, STORE, Story

from jobs.job import Job, JobLost, NewJob
from shopify.webhooks import Webhook
from shopify_writer.adoption.evidence import FoundOrder


async def jobs(story: Story) -> None:
    store = story.store
    new = [
        NewJob(UUID(int=n), f"order-{SHOP}-{n}", 1, STORE if n < 7 else OTHER, "create", NOW)
        for n in range(1, 10)
    ]
    await story.do(partial(store.enqueue, new))
    mine: dict[int, Job] = {}

    async def claim() -> None:
        """As the next owner does: what the last one had is given back."""
        await story.do(store.recover)
        owner = f"owner {story.pool.statements}"
        mine.update({job.id.int: job for job in await store.claim(owner, ["create"], 50)})

    async def record(outcome: Callable[[], Awaitable[None]]) -> None:
        """As a worker does, until the store has heard it."""
        with suppress(JobLost):  # what is said of a job twice is its worker's no more
            await story.do(outcome)

    await story.do(claim, claim)

    async def give_back() -> None:
        await record(partial(store.give_back, mine[1], NOW, "unexpected_error"))
        await claim()

    await story.do(lambda: store.sending(mine[1]), give_back)
    await record(lambda: store.finish(mine[1]))
    await record(lambda: store.retry(mine[2], NOW + HOUR, "throttled"))
    await record(lambda: store.park(mine[3], "shop_frozen"))
    await record(lambda: store.park(mine[4], "shop_frozen", is_open=True))
    await record(lambda: store.doubt(mine[5], NOW + HOUR))
    await record(lambda: store.give_back(mine[6], NOW + HOUR, "unexpected_error"))
    await record(lambda: store.park(mine[7], "shop_disconnected", is_open=True))
    await record(lambda: store.park(mine[8], "shop_disconnected"))
    await story.do(partial(store.release, store=STORE, reasons=["shop_frozen"]))
    elsewhere = partial(store.release_elsewhere, store=STORE, prefix="order-", kind="create")
    await story.do(elsewhere)
    await story.do(store.recover)
    await story.do(partial(store.purge_done, datetime(2100, 1, 1, tzinfo=UTC)))


async def kept_orders(story: Story) -> None:
    found = [FoundOrder(n, f"gid://shopify/Order/{n}", "#1", NOW) for n in "12"]
    await story.do(partial(story.store.keep, STORE, found))
    await story.do(partial(story.store.drop, STORE, ["2"]))


async def read_back(story: Story) -> None:
    marks = story.store
    await marks.keep("gone", 5, NOW - HOUR)
    await story.do(partial(marks.keep, "ours", 9, NOW))
    position, _ = await story.do(partial(marks.take_over, "ours", NOW - HOUR / 2))
    await story.do(partial(marks.keep, "ours", min(9, position), NOW))
    await story.do(partial(marks.end, "ours"))


async def turns(story: Story) -> None:
    await story.do(partial(story.store.take, STORE, NOW, NOW - HOUR))


async def inbox(story: Story) -> None:
    box = story.store
    for webhook_id in "123":
        webhook = Webhook(webhook_id, "orders/delete", STORE, NOW)
        await story.do(partial(box.put, webhook, NOW))
    later = NOW + HOUR

    async def take() -> Any:
        return await box.take(later, (), 9)

    await story.do(partial(box.take, NOW, (), 9), take)
    await story.do(partial(box.done, ["1"], NOW, "writer"))
    await story.do(partial(box.later, ["2"], later))
    await story.do(partial(box.forget, later))
