"""What a killed writer had not read back is read back by another."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.world import instants
from tests.world.story import STORE

from eventstore.journal import Journal
from eventstore.memory import MemoryEventStore
from eventstore.store import ANY_VERSION, Append
from ordersync_contracts import events
from ordersync_contracts.envelope import NewEvent, Trace
from ordersync_contracts.ids import created_id
from ordersync_contracts.streams import order_stream
from runtime.backoff import Backoff
from shopify.answers import Answer, CallFacts, Done, DoubtReason, Refused, Unclear
from shopify.refusals import RefusalKind, UserError
from shopify_writer.readback.checkpoints import GONE_AFTER, CheckpointedReadBack, MemoryCheckpoints
from shopify_writer.readback.read_back import ReadBack


class World:
    """A store of events and Shopify, where every order lacks its id; writers come and go."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 25, 12, tzinfo=UTC)
        self.store = MemoryEventStore(self.clock)
        self.checkpoints = MemoryCheckpoints()
        self.asked: list[Sequence[str]] = []
        self.is_silent = False

    def clock(self) -> datetime:
        return self.now

    async def execute(
        self, store: str, what: object, variables: Mapping[str, Any], **_: object
    ) -> Answer:
        if what == "metafields_set":  # another order has the id
            taken = UserError("TAKEN", ("metafields", "0", "value"), RefusalKind.ID_TAKEN)
            return Refused((taken,), call=CallFacts(sent_at=self.now))
        self.asked.append(variables["ids"])
        if self.is_silent:
            return Unclear(DoubtReason.READ_TIMEOUT, call=CallFacts(sent_at=self.now))
        nodes = [self.node(gid) for gid in variables["ids"]]
        return Done({"nodes": nodes}, call=CallFacts(sent_at=self.now))

    def node(self, gid: str) -> dict[str, Any]:
        money = {"shopMoney": {"amount": "24.97", "currencyCode": "USD"}}
        return {
            "id": gid,
            "legacyResourceId": "1",
            "name": "#1",
            "createdAt": self.now.isoformat(),
            "totalPriceSet": money,
            "metafield": None,
        }

    def writer(self, name: str) -> "Writer":
        return Writer(self, name)

    async def missing(self) -> list[str]:
        """The orders of which it is recorded that they lack their id."""
        said = [recorded.event for recorded in await self.store.read_after(0, 1_000)]
        return [event.order_id for event in said if isinstance(event, events.ShopifyUpdateFailed)]


class Writer:
    """One process: what it creates it notes, in memory."""

    def __init__(self, world: World, name: str) -> None:
        self.world = world
        journal = Journal(world.store, "test", world.clock)
        self.read_back = ReadBack(journal, world, 0.001, Backoff(4.0, 300.0), lambda: 1.0)
        self.rounds = CheckpointedReadBack(self.read_back, world.checkpoints, journal, name)

    async def create(self, number: int, outcome: str = "created") -> None:
        gid = f"gid://shopify/Order/{number}"
        made = events.ShopifyOrderCreated.model_validate(
            {
                "shop_id": "7495514739512345678",
                "order_id": str(number),
                "outcome": outcome,
                "store": STORE,
                "shopify_order_id": gid,
                "total": Decimal("24.97"),
            }
        )
        stream = order_stream(made.shop_id, made.order_id)
        new = NewEvent(created_id(STORE, gid), made, self.world.now, Trace("test", "test"))
        await self.world.store.append([Append(stream, ANY_VERSION, (new,))])
        if outcome != "adopted":
            self.read_back.note(made, stream)

    async def work(self, rounds: int = 1) -> None:
        for _ in range(rounds):
            await self.rounds.round()
            self.world.now += timedelta(seconds=4)


@pytest.fixture
def world() -> World:
    return World()


async def test_what_a_killed_writer_did_not_read_back_another_does(world: World) -> None:
    killed, other = world.writer("a"), world.writer("b")
    await killed.work()
    await killed.create(1)
    await killed.work(2)
    await killed.create(2)
    await killed.create(3)  # and is killed: the questions about 2 and 3 are only in its memory
    assert await world.missing() == ["1"]
    await other.work(1)
    world.now += GONE_AFTER
    await other.work(5)
    assert await world.missing() == ["1", "2", "3"]
    assert list(world.checkpoints.kept) == ["b"]


async def test_a_writer_whose_round_takes_long_is_not_gone(world: World) -> None:
    """Its store is slow; what it creates meanwhile is lost with it, but for its checkpoint."""
    slow, other = world.writer("a"), world.writer("b")
    for writer in (slow, other):
        await writer.work()
    for number in range(1, 10):
        await slow.create(number)
    left = iter(range(10, 0, -1))

    async def dies_in_the_end() -> None:
        world.now += timedelta(seconds=20)
        await other.work()
        if next(left) == 1:
            await slow.create(99)
            raise KeyboardInterrupt
        instants.before(world, "execute", dies_in_the_end)

    instants.before(world, "execute", dies_in_the_end)
    with pytest.raises(KeyboardInterrupt):
        await slow.work()
    world.now += 2 * GONE_AFTER
    await other.work(40)
    assert "99" in await world.missing()


async def test_a_writer_begun_anew_recovers_its_own_past(world: World) -> None:
    killed = world.writer("a")
    await killed.work()
    await killed.create(1)
    again = world.writer("a again")
    world.now += timedelta(seconds=5)
    await again.work(20)
    assert await world.missing() == ["1"]


async def test_a_planted_loss_of_checkpoints_loses_the_question(world: World) -> None:
    """Shows that the tests above can fail."""
    killed = world.writer("a")
    await killed.work()
    await killed.create(1)
    world.checkpoints.kept.clear()
    await world.writer("b").work(40)
    assert await world.missing() == []


async def test_a_writer_that_lives_is_left_to_its_own_questions(world: World) -> None:
    alive, other = world.writer("a"), world.writer("b")
    for number in range(30):
        await alive.create(number)
        await alive.work()
        await other.work()
    assert sum(len(ids) for ids in world.asked) == 30


async def test_what_another_connector_created_is_not_read_back(world: World) -> None:
    killed = world.writer("a")
    await killed.work()
    await killed.create(1, "adopted")
    world.now += GONE_AFTER
    await world.writer("b").work(20)
    assert world.asked == []


async def test_a_writer_that_dies_while_it_recovers_leaves_the_question_to_the_next(
    world: World,
) -> None:
    killed = world.writer("a")
    await killed.work()
    await killed.create(1)
    world.now += GONE_AFTER * 2
    second = world.writer("b")
    await second.rounds._checkpoints.keep("b", await world.store.head(), world.now)
    await second.rounds._recover()  # noted, and killed before the round
    world.now += GONE_AFTER * 2
    await world.writer("c").work(20)
    assert await world.missing() == ["1"]


@pytest.mark.parametrize("fails", ["read_after", "take_over", "end"])
async def test_a_writer_that_fails_while_it_takes_over_does_so_in_a_later_round(
    world: World, fails: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed, other = world.writer("a"), world.writer("b")
    await killed.work()
    await killed.create(1)
    await other.work()
    world.now += GONE_AFTER * 2

    async def away(*_: object) -> Any:
        raise ConnectionError("planted")

    with monkeypatch.context() as patch:
        patch.setattr(world.store if fails == "read_after" else world.checkpoints, fails, away)
        with pytest.raises(ConnectionError):
            await other.work()
    await other.create(2)
    await other.work(3)
    assert sorted(await world.missing()) == ["1", "2"]


@pytest.mark.parametrize("rounds", [0, 2], ids=["dies of it", "dies later"])
@pytest.mark.parametrize("lost", ["keep", "take_over", "end"])
async def test_a_write_whose_answer_is_lost_takes_no_question_with_it(
    world: World, lost: str, rounds: int
) -> None:
    """It is carried out, and the writer does not hear so: what it does next is right either way."""
    killed, second = world.writer("a"), world.writer("b")
    await killed.work()
    await killed.create(1)
    await second.work()
    world.now += GONE_AFTER * 2
    instants.unheard(world.checkpoints, lost)
    with pytest.raises(ConnectionError):
        await second.work()
    world.is_silent = True
    await second.work(rounds)
    world.is_silent = False
    world.now += GONE_AFTER * 2
    await world.writer("c").work(20)
    assert await world.missing() == ["1"]


async def test_a_writer_whose_first_checkpoint_was_not_kept_begins_where_it_began(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed = world.writer("a")

    async def away(*_: object) -> Any:
        raise ConnectionError("planted")

    with monkeypatch.context() as patch:
        patch.setattr(world.checkpoints, "keep", away)
        with pytest.raises(ConnectionError):
            await killed.work()
    await killed.create(1)
    world.is_silent = True
    await killed.work()
    world.is_silent = False
    world.now += GONE_AFTER * 2
    await world.writer("b").work(20)
    assert await world.missing() == ["1"]


async def test_a_checkpoint_stays_where_it_is_while_a_store_is_silent(world: World) -> None:
    """Its writer lives, and is gone in the end: another reads back what it could not."""
    silent, other = world.writer("a"), world.writer("b")
    await silent.work()
    begun_at, _ = world.checkpoints.kept["a"]
    world.is_silent = True
    await silent.create(1)
    for _ in range(40):
        await silent.work()
        await other.work()
    assert world.checkpoints.kept["a"][0] == begun_at
    asked = len(world.asked)
    assert asked < 15
    world.is_silent = False
    world.now += GONE_AFTER
    await other.work(20)
    assert len(world.asked) > asked
    assert await world.missing() == ["1"]


async def test_a_checkpoint_moves_on_once_a_silent_store_answers(world: World) -> None:
    writer = world.writer("a")
    await writer.work()
    world.is_silent = True
    await writer.create(1)
    await writer.work(20)
    world.is_silent = False
    world.now += timedelta(minutes=5)
    await writer.work(3)
    assert await world.missing() == ["1"]
    assert world.checkpoints.kept["a"][0] >= 1


async def test_what_was_taken_over_and_is_not_read_back_yet_holds_the_checkpoint(
    world: World,
) -> None:
    killed, second = world.writer("a"), world.writer("b")
    await killed.work()
    begun_at, _ = world.checkpoints.kept["a"]
    await killed.create(1)
    world.is_silent = True
    await second.work()
    world.now += GONE_AFTER * 2
    await second.work(40)
    assert {"b": begun_at} == {name: at for name, (at, _) in world.checkpoints.kept.items()}
    world.is_silent = False
    world.now += GONE_AFTER * 2  # and is killed as well
    await world.writer("c").work(20)
    assert await world.missing() == ["1"]
