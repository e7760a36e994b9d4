"""What every inbox promises: one suite for memory and PostgreSQL, for every layout."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Generic

from inbox.interface import Inbox, Layout, Message

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Note:
    id: str
    shop: str
    topic: str = "order"


PLAIN = Layout[Note](
    table="notes",
    columns=("id", "shop"),
    key="shop",
    write=lambda note, _: (note.id, note.shop),
    read=lambda row: Note(row["id"], row["shop"]),
    claimed_for=timedelta(minutes=1),
    gives_up=True,
)


class InboxSuite(Generic[Message]):
    """A subclass has the ``layout``, makes messages in it, and brings the fixture ``inbox``."""

    layout: Layout[Message]

    def message(self, number: int, key: str = "1") -> Message:
        raise NotImplementedError

    async def test_a_message_is_kept_once_whoever_tells_it_when_and_comes_back_whole(
        self, inbox: Inbox[Message]
    ) -> None:
        said = self.message(1)
        told = await asyncio.gather(*(inbox.put(said, NOW) for _ in range(8)))
        assert sorted(told) == [False] * 7 + [True]
        assert not await inbox.put(said, NOW + DAY)
        assert await inbox.waiting() == 1
        (taken,) = await inbox.take(NOW, (), 10)
        assert (taken.message, taken.key, taken.received_at) == (said, "1", NOW)
        assert (taken.attempts, taken.respond_by) == (1, None)

    async def test_nobody_else_takes_what_is_taken_until_its_time_is_over(
        self, inbox: Inbox[Message]
    ) -> None:
        for n in range(40):
            await inbox.put(self.message(n), NOW)
        takers = await asyncio.gather(*(inbox.take(NOW, (), 10) for _ in range(6)))
        ids = [received.id for taken in takers for received in taken]
        assert len(ids) == len(set(ids)) <= 40
        rest = await inbox.take(NOW, (), 40)
        assert len(ids) + len(rest) == 40
        assert await inbox.take(NOW + self.layout.claimed_for - SECOND, (), 10) == ()
        again = await inbox.take(NOW + self.layout.claimed_for, (), 100)
        assert {received.attempts for received in again} == {2}
        assert len(again) == 40

    async def test_the_oldest_come_first_and_busy_keys_wait(self, inbox: Inbox[Message]) -> None:
        for n in range(3):
            await inbox.put(self.message(n, str(n)), NOW + n * SECOND)
        (first,) = await inbox.take(NOW + 9 * SECOND, {"0"}, 1)
        assert first.message == self.message(1, "1")
        rest = await inbox.take(NOW + 9 * SECOND, (), 10)
        assert [received.key for received in rest] == ["0", "2"]

    async def test_what_is_done_is_not_taken_and_what_is_put_off_is_due_later(
        self, inbox: Inbox[Message]
    ) -> None:
        for n in range(2):
            await inbox.put(self.message(n), NOW)
        done, later = await inbox.take(NOW, (), 10)
        assert await inbox.done([done.id], NOW, "worker") == 1
        assert await inbox.done([done.id], NOW, "worker") == 0
        await inbox.later([done.id, later.id], NOW + 5 * SECOND)
        assert await inbox.take(NOW + 4 * SECOND, (), 10) == ()
        assert [received.id for received in await inbox.take(NOW + 5 * SECOND, (), 10)] == [
            later.id
        ]
        assert await inbox.waiting() == 1
        assert not await inbox.take(NOW + 5 * SECOND, (), 10)
        assert await inbox.done(["unknown"], NOW, "worker") == 0

    async def test_what_was_done_is_forgotten_and_what_could_not_be_done_if_that_is_given_up(
        self, inbox: Inbox[Message]
    ) -> None:
        for n in range(2):
            await inbox.put(self.message(n), NOW)
        first, _ = await inbox.take(NOW, (), 10)
        await inbox.done([first.id], NOW, "worker")
        assert await inbox.forget(NOW) == 0
        assert await inbox.forget(NOW + SECOND) == 1 + self.layout.gives_up
        assert await inbox.waiting() == 1 - self.layout.gives_up
        assert await inbox.put(self.message(0), NOW)

    async def test_there_are_no_requests_where_no_date_is_set(self, inbox: Inbox[Message]) -> None:
        await inbox.put(self.message(1), NOW)
        assert await inbox.requests() == ()


class RequestsSuite(Generic[Message]):
    """For a layout with dates to be done by, and messages that only a person can answer."""

    layout: Layout[Message]

    def dated(self, number: int) -> Message:
        raise NotImplementedError

    def for_a_person(self, number: int) -> Message:
        raise NotImplementedError

    async def test_requests_are_listed_by_date_and_never_forgotten(
        self, inbox: Inbox[Message]
    ) -> None:
        await inbox.put(self.dated(1), NOW + SECOND)
        await inbox.put(self.for_a_person(2), NOW)
        found = await inbox.requests()
        assert [received.message for received in found] == [self.for_a_person(2), self.dated(1)]
        dates = [received.respond_by for received in found]
        assert dates == sorted(dates, key=lambda date: date or NOW)
        assert None not in dates
        assert await inbox.done([found[0].id], NOW, "olga") == 1
        assert await inbox.done([found[0].id], NOW, "olga") == 0
        assert [received.message for received in await inbox.requests()] == [self.dated(1)]
        assert await inbox.forget(NOW + 90 * DAY) == 0

    async def test_what_only_a_person_can_answer_is_never_taken(
        self, inbox: Inbox[Message]
    ) -> None:
        await inbox.put(self.for_a_person(1), NOW)
        await inbox.put(self.dated(2), NOW)
        taken = await inbox.take(NOW + DAY, (), 10)
        assert [received.message for received in taken] == [self.dated(2)]
