"""Replaying a topic wakes every order again and changes nothing."""

from functools import partial

from tests.system.stack import System
from tests.system.topics import end_offsets, lag
from tests.system.waiting import wait_until

GROUPS = ("mapper", "status-tracker")
REPLAY = ("replay", "topic", "order-fetched", "--since", "6h")


def test_a_dry_run_says_what_it_would_do_and_publishes_nothing(system: System) -> None:
    settle(system)
    before = replayed(system)
    done = system.ordersync(*REPLAY)
    assert done.returncode == 0, done.stderr
    assert "--execute" in done.stderr
    assert replayed(system) == before


def test_a_replay_is_read_by_every_group_and_changes_nothing(system: System) -> None:
    settle(system)
    before = (system.shopify.orders(), events(system))
    published_before = replayed(system)
    done = system.ordersync(*REPLAY, "--execute")
    assert done.returncode == 0, done.stderr
    grown = {topic: count - published_before[topic] for topic, count in replayed(system).items()}
    assert set(grown.values()) == {fetched(system)}
    for group in GROUPS:
        wait_until(partial(is_read, system, group), 30, lambda: "the replay is not read")
    assert (system.shopify.orders(), events(system)) == before


def settle(system: System) -> None:
    """Until nothing is on its way for any order, with one delivered order at least."""
    (order_id,) = system.arrive(system.make.paid())
    system.await_status(order_id, "Synced")
    wait_until(lambda: all(life.is_settled for life in system.lives().values()), 30)


def replayed(system: System) -> dict[str, int]:
    return end_offsets(system.summary["kafka"], [topic(system, group) for group in GROUPS])


def is_read(system: System, group: str) -> bool:
    name = topic(system, group)
    return not lag(system.summary["kafka"], name, name)


def topic(system: System, group: str) -> str:
    return f"{system.settings()['TOPIC_PREFIX']}{group}-replay"


def events(system: System) -> dict[str, tuple[str, ...]]:
    return {order_id: life.events for order_id, life in system.lives().items()}


def fetched(system: System) -> int:
    return sum(life.events.count("OrderFetched") for life in system.lives().values())
