"""Shops are followed side by side; what happens to one is nobody else's matter."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from structlog.testing import capture_logs

from connections.grants import GrantMissing
from connections.shop_book import ShopBook
from eventstore import ANY_VERSION, Append
from fetcher.authorisation import ENDED
from fetcher.polling.assignment import LOCK_SPACE, Assignment
from fetcher.polling.schedule import ASK_AGAIN_EVERY, Poller
from fetcher.tables import Overtaken
from lifecycle.shop import Shop
from ordersync_contracts import events
from ordersync_contracts.envelope import NewEvent, Trace
from ordersync_contracts.events import Event
from ordersync_contracts.ids import fact_id
from ordersync_contracts.streams import shop_stream
from runtime.clock import Clock
from runtime.session import Lease, LeaseLost, Session
from tiktok.errors import AuthorizationLost, NoAnswer, ShopNotCovered, Throttled

LIMIT_S = 2.0
Step = Callable[[], Any]


class OneSession(Session):
    """Grants every lock but those in ``taken``; its lease lasts until the test ends it."""

    def __init__(self) -> None:
        self.lease = Lease(60.0, lambda: 0.0)
        self.lease.extend(0.0)
        self.asked: list[tuple[int, str]] = []
        self.taken: set[str] = set()
        self.given_back: list[str] = []

        self.members = 1

    async def try_lock(self, space: int, key: str) -> bool:
        if space == LOCK_SPACE:
            self.asked.append((space, key))
        return key not in self.taken

    async def unlock(self, space: int, key: str) -> None:
        self.given_back.append(key)

    async def held(self, space: int) -> int:
        return self.members


class ScriptedPoller:
    """Counts its steps; each does what the shop's script says."""

    complete_until = None

    def __init__(self, shop_id: str, world: "World") -> None:
        self._shop = shop_id
        self._world = world

    def is_bulk_due(self, shop: Shop, clock: Clock) -> bool:
        return self._shop in self._world.bulk

    async def bulk(self, shop: Shop, clock: Clock) -> int:
        await self._world.bulk[self._shop]()
        return 0

    async def is_accepted(self, shop: Shop) -> bool:
        return self._shop in self._world.accepted

    async def step(self, shop: Shop, clock: Clock) -> int:
        self._world.steps[self._shop] = self._world.steps.get(self._shop, 0) + 1
        self._world.stepped.set()
        script = self._world.scripts.get(self._shop)
        if script is not None:
            await script()
        return 0


@dataclass
class World:
    home: Any
    session: OneSession = field(default_factory=OneSession)
    steps: dict[str, int] = field(default_factory=dict)
    scripts: dict[str, Step] = field(default_factory=dict)
    bulk: dict[str, Step] = field(default_factory=dict)
    accepted: set[str] = field(default_factory=set)
    stepped: asyncio.Event = field(default_factory=asyncio.Event)
    said: int = 0

    async def say(self, *said: Event) -> None:
        for event in said:
            self.said += 1
            stream = shop_stream(getattr(event, "shop_id", ""))
            new = NewEvent(fact_id(str(self.said)), event, self.home.now, Trace("test"))
            await self.home.store.append([Append(stream, ANY_VERSION, (new,))])

    async def heard(self, shop_id: str) -> list[str]:
        return [one.name for one in await self.home.store.read(shop_stream(shop_id))]

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(LIMIT_S):
            while not condition():
                self.stepped.clear()
                await self.stepped.wait()

    async def until_steps(self, shop_id: str, steps: int) -> None:
        await self.until(lambda: self.steps.get(shop_id, 0) >= steps)

    @contextlib.asynccontextmanager
    async def following(self) -> AsyncIterator["asyncio.Task[None]"]:
        async def take_over(shop_id: str) -> Poller:
            return ScriptedPoller(shop_id, self)

        service = Assignment(
            self.home.store,
            ShopBook(self.home.store),
            take_over,
            self.home.clock,
            self.home.metrics,
            interval_s=0.001,
            member="member-1",
        )
        running = asyncio.create_task(service.run(self.session))
        try:
            yield running
        finally:
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError, BaseExceptionGroup):
                await running


@pytest.fixture
def world(home: Any) -> World:
    return World(home)


@pytest.fixture
def shop(connected: Callable[..., Sequence[Event]]) -> Callable[[str], list[Event]]:
    """The events of a connected shop of this id."""

    def events_of(shop_id: str) -> list[Event]:
        return [event.model_copy(update={"shop_id": shop_id}) for event in connected()]

    return events_of


def failing(error: Exception) -> Step:
    async def step() -> None:
        raise error

    return step


async def test_every_connected_shop_is_followed_under_its_own_lock(
    world: World, shop: Callable[[str], list[Event]]
) -> None:
    await world.say(*shop("1"), *shop("2"), *shop("3"))
    await world.say(events.ShopDisconnected(shop_id="3", disconnected_by="ana"))
    async with world.following():
        await world.until_steps("1", 3)
        await world.until_steps("2", 3)
    assert world.session.asked == [(LOCK_SPACE, "1"), (LOCK_SPACE, "2")]
    assert "3" not in world.steps


async def test_a_shop_whose_lock_another_process_holds_is_left_alone(
    world: World, shop: Callable[[str], list[Event]]
) -> None:
    world.session.taken = {"1"}
    await world.say(*shop("1"), *shop("2"))
    async with world.following():
        await world.until_steps("2", 3)
    assert "1" not in world.steps


async def test_a_slow_shop_delays_no_other(
    world: World, shop: Callable[[str], list[Event]]
) -> None:
    world.scripts["1"] = asyncio.Event().wait
    await world.say(*shop("1"), *shop("2"))
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
    ],
    ids=lambda error: type(error).__name__,
)
async def test_a_shop_that_cannot_be_read_waits_and_delays_no_other(
    world: World, shop: Callable[[str], list[Event]], error: Exception
) -> None:
    world.scripts["1"] = failing(error)
    await world.say(*shop("1"), *shop("2"))
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
    world: World, shop: Callable[[str], list[Event]], error: Exception
) -> None:
    world.scripts["1"] = failing(error)
    await world.say(*shop("1"), *shop("2"))
    async with world.following():
        await world.until_steps("1", 1)
        await world.until_steps("2", 20)
    assert world.steps["1"] == 1
    history = await world.home.store.read(shop_stream("1"))
    paused = [one.event for one in history if one.name == "ShopPaused"]
    assert paused == [events.ShopPaused(shop_id="1", side="tiktok", reason_code=ENDED)]


async def test_a_paused_shop_is_followed_again_when_it_resumes(
    world: World, shop: Callable[[str], list[Event]]
) -> None:
    world.scripts["1"] = failing(AuthorizationLost("orders_search", "withdrawn"))
    await world.say(*shop("1"), *shop("2"))
    async with world.following():
        await world.until_steps("1", 1)
        await world.until_steps("2", 5)
        del world.scripts["1"]
        await world.say(events.ShopResumed(shop_id="1", side="tiktok"))
        await world.until_steps("1", 5)


async def test_a_shop_that_was_authorised_anew_meanwhile_is_not_paused(
    world: World, shop: Callable[[str], list[Event]]
) -> None:
    async def refused_while_the_seller_comes_back() -> None:
        if world.steps["1"] == 1:
            await world.say(shop("1")[0])
            raise AuthorizationLost("orders_search", "withdrawn")

    world.scripts["1"] = refused_while_the_seller_comes_back
    await world.say(*shop("1"))
    async with world.following():
        await world.until_steps("1", 3)
    assert "ShopPaused" not in await world.heard("1")


async def test_a_shop_that_is_disconnected_is_no_longer_asked_for(
    world: World, shop: Callable[[str], list[Event]]
) -> None:
    await world.say(*shop("1"), *shop("2"))
    async with world.following():
        await world.until_steps("1", 1)
        await world.say(events.ShopDisconnected(shop_id="1", disconnected_by="ana"))
        steps, others = world.steps["1"], world.steps.get("2", 0)
        await world.until_steps("2", others + 20)
        assert world.steps["1"] <= steps + 1
        await world.say(shop("1")[0])
        await world.until_steps("1", steps + 5)


@pytest.mark.parametrize(
    "error",
    [ConnectionResetError(), Overtaken("shop 1, epoch 1")],
    ids=["store away", "overtaken"],
)
async def test_without_the_store_or_the_shop_s_epoch_nobody_is_followed(
    world: World, shop: Callable[[str], list[Event]], error: Exception
) -> None:
    world.scripts["1"] = failing(error)
    await world.say(*shop("1"), *shop("2"))
    async with world.following() as running, asyncio.timeout(LIMIT_S):
        with pytest.raises(ExceptionGroup) as failure:
            await running
    assert failure.group_contains(type(error))


async def test_when_the_lease_is_lost_nobody_is_followed(
    world: World, shop: Callable[[str], list[Event]]
) -> None:
    await world.say(*shop("1"))
    async with world.following() as running:
        await world.until_steps("1", 2)
        world.session.lease.end()
        async with asyncio.timeout(LIMIT_S):
            with pytest.raises(ExceptionGroup) as failure:
                await running
        assert failure.group_contains(LeaseLost)


async def test_a_pause_ends_by_itself_when_tiktok_accepts_the_authorisation_again(
    world: World, shop: Callable[[str], list[Event]]
) -> None:
    world.scripts["1"] = failing(AuthorizationLost("orders_search", "withdrawn"))
    await world.say(*shop("1"), *shop("2"))
    async with world.following():
        await world.until_steps("1", 1)
        await world.until_steps("2", 20)
        del world.scripts["1"]
        world.accepted.add("1")
        world.home.now += ASK_AGAIN_EVERY
        await world.until_steps("1", 3)
    assert (await world.heard("1"))[-2:] == ["ShopPaused", "ShopResumed"]


async def test_replicas_take_their_share_of_the_shops(
    world: World, shop: Callable[[str], list[Event]]
) -> None:
    world.session.members = 2
    await world.say(*(event for n in range(1, 6) for event in shop(str(n))))
    async with world.following():
        await world.until(lambda: len(world.steps) == 3)
        await world.until_steps("1", 20)
    assert len(world.steps) == 3


async def test_a_replica_that_has_more_than_its_share_gives_shops_back(
    world: World, shop: Callable[[str], list[Event]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fetcher.polling.assignment._LOOK_FOR_SHOPS_S", 0.01)
    await world.say(*(event for n in range(1, 6) for event in shop(str(n))))
    async with world.following():
        await world.until(lambda: len(world.steps) == 5)
        world.session.members = 3
        await world.until(lambda: len(world.session.given_back) == 3)
        rest = {n for n in world.steps if n not in world.session.given_back}
        steps = {n: world.steps[n] for n in world.session.given_back}
        for n in rest:
            await world.until_steps(n, world.steps[n] + 20)
    assert steps == {n: world.steps[n] for n in world.session.given_back}


async def test_rounds_never_wait_for_their_shop_s_bulk(
    world: World, shop: Callable[[str], list[Event]]
) -> None:
    begun = 0

    async def endless() -> None:
        nonlocal begun
        begun += 1
        await asyncio.Event().wait()

    world.bulk["1"] = endless
    await world.say(*shop("1"))
    async with world.following():
        await world.until_steps("1", 20)
    assert begun == 1


async def test_bulk_that_failed_waits_while_rounds_go_on(
    world: World, shop: Callable[[str], list[Event]]
) -> None:
    tried = 0

    async def fail() -> None:
        nonlocal tried
        tried += 1
        raise NoAnswer("orders_search", "no answer")

    world.bulk["1"] = fail
    await world.say(*shop("1"))
    async with world.following():
        await world.until_steps("1", 20)
    assert tried == 1


async def test_an_authorisation_that_ends_during_bulk_pauses_the_shop(
    world: World, shop: Callable[[str], list[Event]]
) -> None:
    world.bulk["1"] = failing(AuthorizationLost("orders_search", "withdrawn"))
    await world.say(*shop("1"), *shop("2"))
    async with world.following():
        await world.until_steps("2", 50)
    assert (await world.heard("1")).count("ShopPaused") == 1
    assert world.steps["1"] < 10
