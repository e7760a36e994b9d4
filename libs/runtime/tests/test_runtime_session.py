"""A lease is over before anybody else can hold its locks."""

import asyncio

import asyncpg
import pytest

from runtime.session import Lease, LeaseLost, PostgresSession


class Seconds:
    """A clock that only the test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Server:
    """The one method of a connection that a session uses; an answer takes ``takes_s``."""

    def __init__(self, clock: Seconds) -> None:
        self.clock = clock
        self.takes_s = 0.0
        self.fault: Exception | None = None
        self.locked: set[tuple[object, ...]] = set()
        self.asked: list[str] = []
        self.asked_thrice = asyncio.Event()

    async def fetchval(self, query: str, *arguments: object) -> object:
        self.asked.append(query)
        if len(self.asked) == 3:
            self.asked_thrice.set()
        self.clock.now += self.takes_s
        if self.fault is not None:
            raise self.fault
        if "try" in query:
            free = arguments not in self.locked
            self.locked.add(arguments)
            return free
        return 1


@pytest.fixture
def clock() -> Seconds:
    return Seconds()


@pytest.fixture
def lease(clock: Seconds) -> Lease:
    return Lease(10.0, clock)


@pytest.fixture
def server(clock: Seconds) -> Server:
    return Server(clock)


@pytest.fixture
def session(server: Server, lease: Lease, clock: Seconds) -> PostgresSession:
    return PostgresSession(server, lease, clock)


def test_a_lease_that_was_never_extended_does_not_hold(lease: Lease) -> None:
    assert not lease.holds
    with pytest.raises(LeaseLost):
        lease.check()


def test_a_lease_runs_from_the_sending_of_the_ping(lease: Lease, clock: Seconds) -> None:
    lease.extend(clock.now - 4.0)
    clock.now += 5.9
    lease.check()
    clock.now += 0.2
    with pytest.raises(LeaseLost):
        lease.check()


def test_an_older_answer_does_not_shorten_a_lease(lease: Lease, clock: Seconds) -> None:
    lease.extend(clock.now)
    lease.extend(clock.now - 9.0)
    clock.now += 9.0
    assert lease.holds


def test_a_lease_that_ended_is_never_extended_again(lease: Lease, clock: Seconds) -> None:
    lease.extend(clock.now)
    lease.end()
    lease.extend(clock.now)
    assert not lease.holds


async def test_a_slow_answer_extends_only_from_when_it_was_asked(
    session: PostgresSession, server: Server, clock: Seconds
) -> None:
    server.takes_s = 7.0
    await session.ping()
    clock.now += 2.9
    assert session.lease.holds
    clock.now += 0.2
    assert not session.lease.holds


async def test_a_lock_is_told_by_space_and_name(session: PostgresSession) -> None:
    assert await session.try_lock(7, "a")
    assert await session.try_lock(8, "a")
    assert not await session.try_lock(7, "a")


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
async def test_a_failed_ping_ends_the_lease_at_once(
    session: PostgresSession, server: Server, fault: Exception
) -> None:
    await session.ping()
    server.fault = fault
    with pytest.raises(type(fault)):
        await session.ping()
    assert not session.lease.holds
    assert session.lost.is_set()


async def test_a_lost_session_that_answers_again_is_not_leased_again(
    session: PostgresSession, server: Server
) -> None:
    server.fault = TimeoutError()
    with pytest.raises(TimeoutError):
        await session.ping()
    server.fault = None
    await session.try_lock(7, "a")
    assert not session.lease.holds


async def test_keeping_pings_until_the_session_is_lost(
    session: PostgresSession, server: Server
) -> None:
    async with asyncio.timeout(2.0):
        keeping = asyncio.create_task(session.keep(0.0))
        await server.asked_thrice.wait()
        server.fault = ConnectionResetError()
        await keeping
    assert session.lost.is_set()
