"""A lease is over before anybody else can hold its locks."""

import asyncio

import asyncpg
import pytest

from runtime.session import Lease, LeaseLost, PostgresSession


class Server:
    """The one method of a connection that a session uses; an answer takes ``takes_s``.

    Only the test moves the clock, ``now``.
    """

    def __init__(self) -> None:
        self.now = 100.0
        self.takes_s = 0.0
        self.fault: Exception | None = None
        self.locked: set[tuple[object, ...]] = set()
        self.asked: list[str] = []
        self.asked_thrice = asyncio.Event()
        self.lease = Lease(10.0, lambda: self.now)
        self.session = PostgresSession(self, self.lease, lambda: self.now)

    async def fetchval(self, query: str, *arguments: object) -> object:
        self.asked.append(query)
        if len(self.asked) == 3:
            self.asked_thrice.set()
        self.now += self.takes_s
        if self.fault is not None:
            raise self.fault
        if "try" in query:
            free = arguments not in self.locked
            self.locked.add(arguments)
            return free
        return 1


@pytest.fixture
def server() -> Server:
    return Server()


def test_a_lease_that_was_never_extended_does_not_hold(server: Server) -> None:
    assert not server.lease.holds
    with pytest.raises(LeaseLost):
        server.lease.check()


def test_a_lease_runs_from_the_sending_of_the_ping(server: Server) -> None:
    server.lease.extend(server.now - 4.0)
    server.now += 5.9
    server.lease.check()
    server.now += 0.2
    with pytest.raises(LeaseLost):
        server.lease.check()


def test_an_older_answer_does_not_shorten_a_lease(server: Server) -> None:
    server.lease.extend(server.now)
    server.lease.extend(server.now - 9.0)
    server.now += 9.0
    assert server.lease.holds


def test_a_lease_that_ended_is_never_extended_again(server: Server) -> None:
    server.lease.extend(server.now)
    server.lease.end()
    server.lease.extend(server.now)
    assert not server.lease.holds


async def test_a_slow_answer_extends_only_from_when_it_was_asked(server: Server) -> None:
    server.takes_s = 7.0
    await server.session.ping()
    server.now += 2.9
    assert server.session.lease.holds
    server.now += 0.2
    assert not server.session.lease.holds


async def test_a_lock_is_told_by_space_and_name(server: Server) -> None:
    assert await server.session.try_lock(7, "a")
    assert await server.session.try_lock(8, "a")
    assert not await server.session.try_lock(7, "a")


@pytest.mark.parametrize(
    "fault",
    [
        TimeoutError(),
        ConnectionResetError(),
        asyncpg.InterfaceError("closed"),
        asyncpg.InternalClientError("cannot switch to state 12"),
    ],
    ids=lambda fault: type(fault).__name__,
)
async def test_a_failed_ping_ends_the_lease_at_once(server: Server, fault: Exception) -> None:
    await server.session.ping()
    server.fault = fault
    with pytest.raises(type(fault)):
        await server.session.ping()
    assert not server.session.lease.holds
    assert server.session.lost.is_set()


async def test_a_lost_session_that_answers_again_is_not_leased_again(server: Server) -> None:
    server.fault = TimeoutError()
    with pytest.raises(TimeoutError):
        await server.session.ping()
    server.fault = None
    await server.session.try_lock(7, "a")
    assert not server.session.lease.holds


async def test_keeping_pings_until_the_session_is_lost(server: Server) -> None:
    async with asyncio.timeout(2.0):
        keeping = asyncio.create_task(server.session.keep(0.0))
        await server.asked_thrice.wait()
        server.fault = ConnectionResetError()
        await keeping
    assert server.session.lost.is_set()
