"""Shops are followed side by side; what happens to one is nobody else's matter."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import count
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs
from tests.world.story import connected

from connections.grants import GrantMissing
from connections.waits import Waits
from eventstore.journal import Contention
from fetcher.authorisations import ENDED
from fetcher.order_index import SetAside
from fetcher.polling.assignment import LOCK_SPACE, MEMBER_SPACE
from ordersync_contracts import events
from ordersync_contracts.events import Event
from ordersync_contracts.streams import shop_stream
from runtime.backoff import Backoff
from runtime.session_memory import MemorySession
from tiktok.errors import AuthorizationLost, NoAnswer, ScopeMissing, ShopNotCovered, Throttled

LIMIT_S = 2.0
Step = Callable[[], Awaitable[Any]]


@dataclass
class World:
    """A fetcher on a TikTok that answers empty pages, or what a shop's script does.

    ``steps``: how often each shop was polled. ``scripts`` act on polls, ``bulk`` on whatever else
    is searched, ``named`` on details; ``accepted``: the shops whose authorisation TikTok lists;
    ``refused``: the answer to every call for a shop.
    """

    home: Any
    steps: dict[str, int] = field(default_factory=dict)
    scripts: dict[str, Step] = field(default_factory=dict)
    bulk: dict[str, Step] = field(default_factory=dict)
    named: dict[str, Step] = field(default_factory=dict)
    accepted: set[str] = field(default_factory=set)
    refused: dict[str, httpx.Response] = field(default_factory=dict)
    refreshes: int = 0
    stepped: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.home.network = httpx.MockTransport(self.answer)

    async def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.startswith("/api/v2/token/"):
            self.refreshes += 1
            given = {"access_token": f"access-{self.refreshes}", "refresh_token": "refresh"}
            return httpx.Response(200, json={"code": 0, "data": given})
        if request.url.path.startswith("/authorization/"):
            shops = [{"id": shop_id, "cipher": f"cipher-{shop_id}"} for shop_id in self.accepted]
            return httpx.Response(200, json={"code": 0, "data": {"shops": shops}})
        shop_id = request.url.params["shop_cipher"].removeprefix("cipher-")
        if request.method == "GET":
            await self.named.get(shop_id, nothing)()
        elif "update_time_ge" not in json.loads(request.content):
            await self.bulk.get(shop_id, nothing)()
        elif request.url.path.endswith("/orders/search"):
            self.steps[shop_id] = self.steps.get(shop_id, 0) + 1
            self.stepped.set()
            await self.scripts.get(shop_id, nothing)()
        if shop_id in self.refused:
            return self.refused[shop_id]
        return httpx.Response(200, json={"code": 0, "data": {"orders": []}})

    async def say(self, *said: Event) -> None:
        await self.home.record(*said)
        for event in said:
            if isinstance(event, events.ShopConnected):
                await self.home.authorise(event.shop_id)

    async def connect(self, *shop_ids: str) -> None:
        await self.say(*(event for shop_id in shop_ids for event in shop(shop_id)))

    async def heard(self, shop_id: str) -> list[str]:
        return [recorded.name for recorded in await self.home.store.read(shop_stream(shop_id))]

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(LIMIT_S):
            while not condition():
                self.stepped.clear()
                await self.stepped.wait()

    async def until_steps(self, shop_id: str, steps: int) -> None:
        await self.until(lambda: self.steps.get(shop_id, 0) >= steps)

    @property
    def owned(self) -> set[str]:
        """The shops whose lock somebody holds."""
        return {key for space, key in self.home.locks.owners if space == LOCK_SPACE}

    def session_of(self, shop_id: str) -> MemorySession:
        session: MemorySession = self.home.locks.owners[LOCK_SPACE, shop_id]
        return session

    async def until_ended(self, session: MemorySession) -> None:
        async with asyncio.timeout(LIMIT_S):
            await session.lost.wait()

    @contextlib.asynccontextmanager
    async def others(self, members: int, *shop_ids: str) -> AsyncIterator[None]:
        """So many other replicas run; the first of them polls these shops."""
        async with contextlib.AsyncExitStack() as stack:
            for n in range(members):
                session = await stack.enter_async_context(self.home.locks.open_session())
                await session.try_lock(MEMBER_SPACE, f"other-{n}")
                for shop_id in shop_ids if n == 0 else ():
                    await session.try_lock(LOCK_SPACE, shop_id)
            yield

    @contextlib.asynccontextmanager
    async def following(self) -> AsyncIterator["asyncio.Task[None]"]:
        running = asyncio.create_task(self.home.service.tasks["follow"]())
        try:
            yield running
        finally:
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError, BaseExceptionGroup):
                await running


def interruptions(logs: Iterable[MutableMapping[str, Any]]) -> list[str]:
    """What ended the following, each time until it began anew."""
    return [line["error"] for line in logs if line["event"] == "task.interrupted"]


async def nothing() -> None:
    """What a shop without a script does."""


@pytest.fixture
def world(make_home: Callable[..., Any]) -> World:
    return World(make_home(poll_interval_s=0.001, assignment_interval_s=0.01))


def shop(shop_id: str) -> list[Event]:
    """The events of a connected shop of this id."""
    return [event.model_copy(update={"shop_id": shop_id}) for event in connected()]


def failing(error: Exception) -> Step:
    async def step() -> None:
        raise error

    return step


async def test_every_connected_shop_is_followed_under_its_own_lock(world: World) -> None:
    await world.connect("1", "2", "3")
    await world.say(events.ShopDisconnected(shop_id="3", disconnected_by="ana"))
    async with world.following():
        await world.until_steps("1", 3)
        await world.until_steps("2", 3)
        assert world.owned == {"1", "2"}
    assert "3" not in world.steps


async def test_a_shop_whose_lock_another_process_holds_is_left_alone(world: World) -> None:
    await world.connect("1", "2", "3")
    async with world.others(1, "1"), world.following():
        await world.until_steps("2", 3)
        await world.until_steps("3", 3)
    assert "1" not in world.steps


async def test_a_slow_shop_delays_no_other(world: World) -> None:
    world.scripts["1"] = asyncio.Event().wait
    await world.connect("1", "2")
    async with world.following():
        await world.until_steps("1", 1)
        await world.until_steps("2", 20)
    assert world.steps["1"] == 1


@pytest.mark.parametrize(
    "error",
    [
        Throttled("orders_search", "too many", retry_after_s=30.0),
        NoAnswer("orders_search", "no answer"),
        LookupError("a bug"),
        Contention("1 streams changed 20 times"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_a_shop_that_cannot_be_read_waits_and_delays_no_other(
    world: World, error: Exception
) -> None:
    world.scripts["1"] = failing(error)
    await world.connect("1", "2")
    with capture_logs() as logs:
        async with world.following():
            await world.until_steps("1", 1)
            await world.until_steps("2", 20)
    assert world.steps["1"] == 1
    assert [entry["shop"] for entry in logs if entry["log_level"] != "info"] == ["1"]
    assert "ShopPaused" not in await world.heard("1")


@pytest.mark.parametrize(
    "error",
    [
        AuthorizationLost("orders_search", "withdrawn"),
        ShopNotCovered("orders_search", "another seller's"),
        GrantMissing("shop 1 is not connected"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_a_shop_whose_authorisation_ended_is_paused_once_with_its_reason(
    world: World, error: Exception
) -> None:
    world.scripts["1"] = failing(error)
    await world.connect("1", "2")
    async with world.following():
        await world.until_steps("1", 1)
        await world.until_steps("2", 20)
    assert world.steps["1"] == 1
    history = await world.home.store.read(shop_stream("1"))
    paused = [recorded.event for recorded in history if recorded.name == "ShopPaused"]
    assert [(pause.side, pause.reason_code) for pause in paused] == [("tiktok", ENDED)]


async def test_a_paused_shop_is_followed_again_when_it_resumes(world: World) -> None:
    world.scripts["1"] = failing(AuthorizationLost("orders_search", "withdrawn"))
    await world.connect("1", "2")
    async with world.following():
        await world.until_steps("1", 1)
        await world.until_steps("2", 5)
        del world.scripts["1"]
        await world.say(events.ShopResumed(shop_id="1", side="tiktok"))
        await world.until_steps("1", 5)


async def test_a_shop_that_was_authorised_anew_meanwhile_is_not_paused(world: World) -> None:
    async def refused_while_the_seller_comes_back() -> None:
        if world.steps["1"] == 1:
            await world.say(shop("1")[0])
            raise AuthorizationLost("orders_search", "withdrawn")

    world.scripts["1"] = refused_while_the_seller_comes_back
    await world.connect("1")
    async with world.following():
        await world.until_steps("1", 3)
    assert "ShopPaused" not in await world.heard("1")


async def test_a_shop_that_is_disconnected_is_no_longer_asked_for(world: World) -> None:
    await world.connect("1", "2")
    async with world.following():
        await world.until_steps("1", 1)
        await world.say(events.ShopDisconnected(shop_id="1", disconnected_by="ana"))
        steps, others = world.steps["1"], world.steps.get("2", 0)
        await world.until_steps("2", others + 20)
        assert world.steps["1"] <= steps + 1
        await world.say(shop("1")[0])
        await world.until_steps("1", steps + 5)


async def lose_the_epoch(world: World) -> None:
    await world.home.checkpoints.take_over("1")


async def lose_the_store(world: World) -> None:
    async def away() -> int:
        raise ConnectionResetError

    world.home.store.head = away


async def lose_the_lease(world: World) -> None:
    world.session_of("1").lease.end()


@pytest.mark.parametrize(
    ("lose", "why"),
    [
        pytest.param(
            lose_the_epoch, "Overtaken", id="without its epoch, until it is taken over again"
        ),
        pytest.param(lose_the_store, "ConnectionResetError", id="without the store"),
        pytest.param(lose_the_lease, "LeaseLost", id="when the lease is lost"),
    ],
)
async def test_no_shop_is_followed(
    lose: Callable[[World], Awaitable[None]], why: str, world: World
) -> None:
    await world.connect("1", "2")
    with capture_logs() as logs:
        async with world.following():
            await world.until_steps("1", 2)
            session = world.session_of("1")
            await lose(world)
            await world.until_ended(session)
            assert world.owned == set()
    assert interruptions(logs) == [why]


async def test_a_pause_ends_by_itself_when_tiktok_accepts_the_authorisation_again(
    world: World,
) -> None:
    world.scripts["1"] = failing(AuthorizationLost("orders_search", "withdrawn"))
    await world.connect("1", "2")
    async with world.following():
        await world.until_steps("1", 1)
        await world.until_steps("2", 20)
        del world.scripts["1"]
        world.home.now += timedelta(seconds=30)
        await world.until_steps("1", 3)
    assert (await world.heard("1"))[-2:] == ["ShopPaused", "ShopResumed"]


async def test_a_seller_who_is_back_is_polled_although_the_refused_call_is_still_asked_again(
    world: World,
) -> None:
    async def refused_and_then_endless() -> None:
        if world.steps["1"] == 1:
            raise AuthorizationLost("orders_search", "withdrawn")
        if world.steps["1"] == 2:
            await asyncio.Event().wait()

    world.scripts["1"] = refused_and_then_endless
    await world.connect("1", "2")
    async with world.following():
        await world.until_steps("2", 20)
        world.home.now += timedelta(seconds=30)
        await world.until_steps("1", 2)
        await world.say(events.ShopResumed(shop_id="1", side="tiktok"))
        await world.until_steps("1", 5)


async def test_a_pause_over_bulk_that_has_no_room_ends_when_tiktok_answers(world: World) -> None:
    """Another kind of work is asked again: sweeps and history may wait for room for hours."""

    async def crowded() -> dict[str, int]:
        return {"mapper": 10**6}

    async def refused_and_then_no_room() -> None:
        del world.bulk["1"]
        world.home.lag = crowded
        raise AuthorizationLost("orders_search", "withdrawn")

    world.home.monotonic = partial(next, count(0.0, 10.0))  # room is asked for each time
    world.bulk["1"] = refused_and_then_no_room
    await world.connect("1", "2")
    async with world.following():
        while "ShopPaused" not in await world.heard("1"):
            await world.until_steps("2", world.steps.get("2", 0) + 1)
        async with asyncio.timeout(LIMIT_S):
            while "ShopResumed" not in await world.heard("1"):
                world.home.now += timedelta(seconds=10)
                await world.until_steps("2", world.steps["2"] + 1)
        await world.until_steps("1", world.steps["1"] + 3)
    assert (await world.heard("1"))[-2:] == ["ShopPaused", "ShopResumed"]


async def test_a_pause_does_not_end_by_work_for_which_no_call_is_due(
    make_home: Callable[..., Any],
) -> None:
    """An order that is set aside was refused: it is not due again when the shop is asked again."""
    world = World(make_home(poll_interval_s=0.05, assignment_interval_s=0.01))
    refuse, now = failing(AuthorizationLost("order_detail", "withdrawn")), world.home.now

    async def refused_from_now_on() -> None:
        world.scripts["1"] = world.bulk["1"] = refuse
        await refuse()

    world.named["1"] = refused_from_now_on
    await world.home.order_index.set_aside("1", SetAside("9", "order_too_large", now, now, now))
    await world.connect("1", "2")
    async with world.following():
        while "ShopPaused" not in await world.heard("1"):
            await world.until_steps("2", world.steps.get("2", 0) + 1)
        await world.until_steps("2", world.steps["2"] + 5)
        steps = world.steps.get("1", 0)
        world.home.now += timedelta(seconds=30)
        await world.until_steps("1", steps + 1)
        await world.until_steps("2", world.steps["2"] + 3)
        assert "ShopResumed" not in await world.heard("1")
        world.scripts.clear()
        world.home.now += timedelta(minutes=2)
        await world.until_steps("1", steps + 4)
    assert "ShopResumed" in await world.heard("1")


@pytest.mark.parametrize(
    ("error", "reason_code"),
    [
        (ScopeMissing("orders_search", "a scope is missing"), "tiktok_scope_missing"),
        (AuthorizationLost("orders_search", "withdrawn"), ENDED),
    ],
)
async def test_what_stays_refused_is_said_once_and_asked_for_ever_more_seldom(
    world: World, error: Exception, reason_code: str
) -> None:
    """Although another call, which lists the authorised shops, is answered all along."""
    world.scripts["1"] = failing(error)
    world.accepted.add("1")
    await world.connect("1", "2")
    async with world.following():
        await world.until_steps("1", 1)
        for _ in range(4 * 24):
            world.home.now += timedelta(minutes=15)
            await world.until_steps("2", world.steps["2"] + 3)
    assert (await world.heard("1")).count("ShopPaused") == 1
    assert "ShopResumed" not in await world.heard("1")
    assert 48 < world.steps["1"] < 100
    history = await world.home.store.read(shop_stream("1"))
    assert history[-1].event == events.ShopPaused(
        shop_id="1", side="tiktok", reason_code=reason_code, refused="orders_search"
    )


async def test_a_shop_whose_every_token_is_refused_says_so(make_home: Callable[..., Any]) -> None:
    """105002, also to a token that was just given: `shop ls` shows the pause."""
    waits = Waits(shop=Backoff(first=0.001, longest=0.001))
    home = make_home(poll_interval_s=0.001, assignment_interval_s=0.01, waits=waits)
    world = World(home)
    expired = {"code": 105002, "message": "Expired credentials."}
    world.refused["1"] = httpx.Response(401, json=expired)
    await world.connect("1", "2")
    async with world.following():
        while "ShopPaused" not in await world.heard("1"):
            await world.until_steps("2", world.steps.get("2", 0) + 1)
        await world.until_steps("2", world.steps["2"] + 20)
    (*_, paused) = [said.event for said in await world.home.store.read(shop_stream("1"))]
    assert isinstance(paused, events.ShopPaused)
    assert (paused.side, paused.reason_code) == ("tiktok", "tiktok_token_refused")
    assert world.refreshes == 1


async def test_replicas_take_their_share_of_the_shops(world: World) -> None:
    await world.connect(*"12345")
    async with world.others(1), world.following():
        await world.until(lambda: len(world.steps) == 3)
        await world.until_steps("1", 20)
    assert len(world.steps) == 3


async def test_a_replica_that_has_more_than_its_share_gives_shops_back(world: World) -> None:
    await world.connect(*"12345")
    async with world.following():
        await world.until(lambda: len(world.steps) == 5)
        async with world.others(2):
            await world.until(lambda: len(world.owned) == 2)
            steps = {n: world.steps[n] for n in world.steps if n not in world.owned}
            for n in world.owned:
                await world.until_steps(n, world.steps[n] + 20)
            assert steps == {n: world.steps[n] for n in steps}
    assert len(steps) == 3


async def test_rounds_never_wait_for_their_shop_s_bulk(world: World) -> None:
    begun = 0

    async def endless() -> None:
        nonlocal begun
        begun += 1
        await asyncio.Event().wait()

    world.bulk["1"] = endless
    await world.connect("1")
    async with world.following():
        await world.until_steps("1", 20)
    assert begun == 1


async def test_bulk_that_failed_waits_while_rounds_go_on(world: World) -> None:
    tried = 0

    async def fail() -> None:
        nonlocal tried
        tried += 1
        raise NoAnswer("orders_search", "no answer")

    world.bulk["1"] = fail
    await world.connect("1")
    async with world.following():
        await world.until_steps("1", 20)
    assert tried == 1


async def test_an_authorisation_that_ends_during_bulk_pauses_the_shop(world: World) -> None:
    world.bulk["1"] = failing(AuthorizationLost("orders_search", "withdrawn"))
    await world.connect("1", "2")
    async with world.following():
        await world.until_steps("2", 50)
    assert (await world.heard("1")).count("ShopPaused") == 1
    assert world.steps["1"] < 10
