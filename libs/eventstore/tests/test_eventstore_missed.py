"""What Kafka lost for a group is found in the events and handed to it; what it did is not."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from libs.eventstore.tests.suite_eventstore import clock, eligible, id_of
from prometheus_client import CollectorRegistry, generate_latest
from structlog.testing import capture_logs

from eventstore.journal import Cause, Contention
from eventstore.marks import MemoryMarks, SetAside
from eventstore.memory import MemoryEventStore
from eventstore.missed import MOST_BEHIND, PAGE, Missed, MissedMetrics, Names, Times, to_wakeup
from eventstore.store import ANY_VERSION, Append
from eventstore.wakeups import Wakeup
from ordersync_contracts import codec, events
from ordersync_contracts.envelope import NewEvent, Recorded, Trace
from ordersync_contracts.events import Event

GROUP = "mapper"


class Looking(MemoryEventStore):
    """Counts how often somebody looks at what streams show."""

    looks = 0

    async def names_of(self, streams: Collection[str]) -> dict[str, tuple[str, ...]]:
        self.looks += 1
        return await super().names_of(streams)


@dataclass
class Home:
    """A group that answers each order it is woken for with OrderEligible, and its events."""

    now: datetime = field(default_factory=clock)
    behind: int = 0
    fails: dict[str, Exception] = field(default_factory=dict)
    answers: bool = True
    tried: int = 0
    woken: list[str] = field(default_factory=list)
    said: int = 0

    def __post_init__(self) -> None:
        self.store = Looking(lambda: self.now)
        self.marks = MemoryMarks(lambda: self.now)
        self.registry = CollectorRegistry()
        self.missed = Missed(
            GROUP,
            self.store,
            self.marks,
            self.handle,
            still_open,
            lag=self.lag,
            clock=lambda: self.now,
            chance=lambda: 1.0,
            metrics=MissedMetrics(self.registry),
            times=Times(timedelta(minutes=5), 60.0),
        )

    async def lag(self) -> dict[str, int]:
        return {GROUP: self.behind}

    async def handle(self, wakeups: Sequence[Wakeup]) -> None:
        for wakeup in wakeups:
            if error := self.fails.get(wakeup.stream):
                self.tried += 1
                raise error
        for stream in dict.fromkeys(wakeup.stream for wakeup in wakeups):
            self.woken.append(stream)
            if self.answers and stream.startswith("order-"):
                await self.append(stream, eligible())

    async def append(self, stream: str, event: Event) -> Recorded:
        self.said += 1
        new = NewEvent(id_of(str(self.said)), event, self.now, Trace("test"))
        await self.store.append([Append(stream, ANY_VERSION, (new,))])
        return (await self.store.read(stream))[-1]

    async def asked(self, order_id: str) -> Recorded:
        """A person asked for the order; Kafka lost it."""
        event = events.SyncRequested(
            shop_id="7495", order_id=order_id, requested_by="ana", mode="manual", request_id="1"
        )
        return await self.append(f"order-7495-{order_id}", event)

    async def linked(self, sku_id: str) -> Recorded:
        event = events.ProductLinked(
            shop_id="7495", sku_id=sku_id, variant_id="v", store="s", linked_by="person"
        )
        return await self.append(f"link-7495-{sku_id}", event)

    async def round(self, after: float = 6.0) -> int:
        """So many minutes later it is looked after."""
        self.now += timedelta(minutes=after)
        self.woken.clear()
        return await self.missed.round()

    def count(self, name: str) -> float | None:
        return self.registry.get_sample_value(f"missed_events_{name}", {"group": GROUP})


async def still_open(recorded: Sequence[Recorded], names: Names) -> Sequence[Recorded]:
    return [each for each in recorded if "OrderEligible" not in names[each.stream][each.version :]]


@pytest.fixture
def home() -> Home:
    return Home()


async def test_an_order_that_its_group_never_heard_of_is_handed_to_it_once(home: Home) -> None:
    for n in range(20):
        await home.asked(str(n))
    with capture_logs() as logs:
        assert await home.round() == 20
    (said,) = [line for line in logs if line["event"] == "events.missed"]
    assert (said["group"], said["events"]) == (GROUP, 20)
    assert (home.count("found_total"), home.count("handed_total")) == (20, 20)
    assert await home.round() == 0
    assert home.woken == []


async def test_what_it_acted_on_is_not_handed_again(home: Home) -> None:
    recorded = await home.asked("1")
    await home.missed.on_records([to_wakeup(recorded)])
    assert await home.round() == 0
    assert home.woken == []


@pytest.mark.parametrize(("shows", "found"), [(True, 0), (False, 2)])
async def test_what_a_group_did_not_act_on_counts_as_found_where_no_stream_would_show_it(
    home: Home, shows: bool, found: int
) -> None:
    await home.asked("1")
    await home.asked("2")
    home.answers = False
    home.missed = replace(home.missed, shows=shows)
    assert await home.round() == found
    assert (home.woken, home.count("handed_total")) == (["order-7495-1", "order-7495-2"], 2)
    assert home.store.looks == (2 if shows else 1)  # what it does not show is not looked for
    assert (home.count("found_total") or 0) == found


async def test_what_was_recorded_just_now_may_be_on_its_way(home: Home) -> None:
    await home.asked("1")
    assert await home.round(after=4.9) == 0
    assert home.woken == []
    assert await home.round(after=2.0) == 1


async def test_what_was_recorded_before_the_clock_was_set_back_is_not_passed_by(home: Home) -> None:
    await home.asked("1")
    home.now -= timedelta(minutes=10)
    await home.asked("2")
    assert await home.round() == 0
    assert await home.round(after=10.0) == 2


async def test_a_group_that_is_behind_has_not_come_to_them_yet(home: Home) -> None:
    await home.asked("1")
    home.behind = MOST_BEHIND + 1
    assert await home.round() == 0
    home.behind = MOST_BEHIND
    assert await home.round() == 1


async def test_more_than_a_page_is_looked_through_whole(home: Home) -> None:
    for n in range(PAGE + 7):
        await home.asked(str(n))
    assert await home.round() == PAGE + 7


async def test_what_no_stream_shows_is_handed_unless_it_was_heard(home: Home) -> None:
    heard, _ = await home.linked("1"), await home.linked("2")
    await home.missed.on_records([to_wakeup(heard)])
    assert await home.round() == 1
    assert home.woken == ["link-7495-2"]
    assert await home.round() == 0


async def test_what_fails_alone_is_set_aside_and_tried_again_until_it_goes(home: Home) -> None:
    for n in range(5):
        await home.asked(str(n))
    home.fails["order-7495-3"] = LookupError("planted@buyer.example")
    with capture_logs() as logs:
        assert await home.round() == 4
    (said,) = [line for line in logs if line["event"] == "event.set_aside"]
    assert (said["stream"], said["reason"], said["attempts"]) == ("order-7495-3", "LookupError", 1)
    assert "planted" not in str(logs)
    assert home.count("set_aside") == 1
    with capture_logs() as logs:
        assert [await home.round(after=after) for after in (0.9, 1.1)] == [0, 0]
    assert [line["attempts"] for line in logs if line["event"] == "event.set_aside"] == [2]
    home.fails.clear()
    assert await home.round(after=5.0) == 1
    assert home.woken == ["order-7495-3"]
    assert home.count("set_aside") == 0


async def test_what_is_gone_since_it_was_set_aside_is_tried_no_more(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A restore took it back, at the end or before others; the rest is tried as ever."""
    gone, recorded = await home.asked("0"), await home.asked("1")
    read_after = home.store.read_after

    async def without_it(position: int, limit: int) -> tuple[Recorded, ...]:
        found = await read_after(position, limit + 1)
        return tuple(each for each in found if each != gone)[:limit]

    monkeypatch.setattr(home.store, "read_after", without_it)
    for position in (gone.position, recorded.position, recorded.position + 7):
        await home.marks.set_aside(GROUP, SetAside(position, 1, "planted"), 0.0)
    with capture_logs() as logs:
        assert await home.missed.round() == 1
    (said,) = [line for line in logs if line["event"] == "events.gone"]
    assert said["positions"] == [gone.position, recorded.position + 7]
    assert home.woken == ["order-7495-1"]
    assert home.count("set_aside") == 0


async def test_its_waits_grow_and_end_at_an_hour(home: Home) -> None:
    await home.asked("1")
    home.fails["order-7495-1"] = Contention("1 streams changed 20 times")
    for _ in range(24 * 60):
        await home.round(after=1.0)
    assert 24 <= home.tried <= 32


async def test_a_fault_of_the_infrastructure_is_raised_and_moves_nothing(home: Home) -> None:
    await home.asked("1")
    home.fails["order-7495-1"] = ConnectionRefusedError()
    with pytest.raises(ConnectionRefusedError):
        await home.round()
    home.fails.clear()
    assert await home.round() == 1


async def test_an_event_of_a_newer_version_waits_for_a_newer_reader(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a rollback."""
    await home.asked("1")
    await home.asked("2")
    codec.decode_once.cache_clear()
    monkeypatch.setattr(events.SyncRequested, "VERSION", 0)
    assert await home.round() == 0
    assert await home.marks.waiting(GROUP) == 2
    monkeypatch.undo()
    assert await home.round() == 2


async def test_a_wakeup_says_what_the_record_of_its_event_would(home: Home) -> None:
    recorded = replace(await home.asked("1"), trace=Trace("sync", "talk", "because", "00-a-b-01"))
    cause = Cause("order-7495-1", str(id_of("1")), "talk", "00-a-b-01")
    assert to_wakeup(recorded) == Wakeup(cause, recorded.event, 1, recorded.position)


def test_what_is_counted_says_what_it_is(home: Home) -> None:
    helped = [
        line.split(maxsplit=3)[2:]
        for line in generate_latest(home.registry).decode().splitlines()
        if line.startswith("# HELP") and "_created" not in line
    ]
    assert helped == [
        ["missed_events_handed_total", "Events handed to their group once more"],
        ["missed_events_found_total", "Of them, those that it had not acted on"],
        ["missed_events_set_aside", "Events that the group could not act on, to be tried again"],
    ]
