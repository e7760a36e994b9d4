"""What every cluster promises to who consumes by ``runtime.kafka``: real Kafka, and in memory."""

import asyncio
import secrets
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from libs.runtime.tests.group_members import (
    LIMIT_S,
    QUICK,
    Group,
    Member,
    is_past,
    is_paused,
    partitions,
    subscription,
    until,
    until_lag,
)

from runtime.backoff import Backoff
from runtime.kafka.subscription import Subscription
from runtime.publisher import Message, NotPublished, partition_of


class KafkaSuite:
    """Give it a fixture ``group``, of four partitions, and ``logged``."""

    NOTICED_S: ClassVar[float]
    """A rebalance is noticed within this time by a member that is free."""
    LIMIT_MS: ClassVar[int]
    """A rebalance may be told to wait no longer."""

    async def test_everything_sent_before_the_first_start_is_handled_in_order_per_key(
        self,
        group: Group,
    ) -> None:
        member = Member()
        texts = [str(n) for n in range(2_000)]
        await group.send(*texts, same_key=True)
        assert await group.lag() == 2_000
        async with member.consuming(group):
            await until(lambda: len(member.handled) >= 2_000)
            await until_lag(group, 0)
        assert member.handled == texts
        assert len(member.calls) < 40

    async def test_poison_goes_to_the_dead_topic_as_it_was_and_the_rest_goes_on(
        self, group: Group
    ) -> None:
        member = Member()
        await group.send("a", "unreadable", "b", "poison", "c", same_key=True)
        async with member.consuming(group):
            await until(lambda: {"a", "b", "c"} <= set(member.handled))
            dead = {record.value: record for record in await group.buried(2)}
            await until_lag(group, 0)
        headers = dict(dead[b"unreadable"].headers)
        assert headers["dead_reason"] == b"order_id: missing"
        assert headers["dead_origin_topic"] == group.live.encode()
        assert headers["dead_origin_offset"] == b"1"
        assert headers["ce_id"] == b"1"
        assert dead[b"unreadable"].key == b"order"
        assert dict(dead[b"poison"].headers)["dead_reason"] == b"handler_failed:LookupError"

    async def test_while_the_store_is_away_batches_are_tried_again_and_nothing_is_acknowledged(
        self,
        group: Group,
    ) -> None:
        member = Member()
        member.fault = ConnectionRefusedError()
        await group.send("a", "b", "c", same_key=True)
        async with member.consuming(group) as connection:
            await until(lambda: len(member.calls) >= 4)
            assert await group.lag() == 3
            assert "ConnectionRefusedError" in (await connection.ready() or "")
            assert connection.watchdog.stale() == ()
            member.fault = None
            await until(lambda: member.handled == ["a", "b", "c"])
            await until_lag(group, 0)
            assert await connection.ready() is None

    async def test_a_record_of_a_newer_version_waits_for_a_newer_reader_and_others_go_on(
        self,
        group: Group,
    ) -> None:
        member = Member()
        await group.send("a", "v2 b", "c", same_key=True)
        others = [f"other {n}" for n in range(20)]
        async with member.consuming(group):
            await until(lambda: "a" in member.handled)
            await group.send(*others)
            waits_on_one_of_four = len(others) // 2
            await until(lambda: len(member.handled) > waits_on_one_of_four)
            assert "c" not in member.handled
            assert await group.lag() >= 2
        newer = Member()
        newer.newest = 2
        async with newer.consuming(group):
            await until(lambda: {"v2 b", "c"} <= set(newer.handled))
            await until_lag(group, 0)
        assert sorted(member.handled + newer.handled) == sorted(["a", "v2 b", "c", *others])

    async def test_a_waiting_partition_is_looked_at_again_by_the_same_member(
        self, group: Group
    ) -> None:
        member = Member()
        await group.send("a", "v2 b", "c", same_key=True)
        async with member.consuming(group):
            await until(lambda: member.handled == ["a"])
            member.newest = 2
            await until(lambda: member.handled == ["a", "v2 b", "c"])

    async def test_two_members_share_the_work_and_handle_each_record_once(
        self, group: Group
    ) -> None:
        first, second = Member(), Member()
        async with first.consuming(group) as one, second.consuming(group) as two:
            await until(lambda: partitions(one) == partitions(two) == 2)
            texts = [str(n) for n in range(400)]
            await group.send(*texts)
            await until(lambda: len(first.handled) + len(second.handled) >= 400)
        assert first.handled
        assert second.handled
        assert sorted(first.handled + second.handled) == sorted(texts)

    async def test_a_rebalance_waits_for_the_batch_in_flight(self, group: Group) -> None:
        slow, joining = Member(), Member()
        slow.may_finish.clear()
        await group.send("a", "b", "c", "d", "e", "f")
        async with slow.consuming(group):
            await until(lambda: slow.calls)
            async with joining.consuming(group) as connection:
                noticed = asyncio.get_running_loop().time() + self.NOTICED_S
                await until(lambda: partitions(connection) or is_past(noticed))
                assert partitions(connection) == 0
                slow.may_finish.set()
                await until(lambda: partitions(connection) == 2)
                await until_lag(group, 0)
        assert sorted(slow.handled + joining.handled) == ["a", "b", "c", "d", "e", "f"]

    async def test_a_batch_that_is_put_back_does_not_hold_up_a_rebalance(
        self, group: Group
    ) -> None:
        failing, joining = Member(), Member()
        failing.fault = OSError()
        patient = replace(QUICK, backoff=Backoff(first=600, longest=600))
        await group.send("a", "b", "c", "d")
        async with failing.consuming(group, patient):
            await until(lambda: failing.calls)
            async with joining.consuming(group) as connection:
                await until(lambda: partitions(connection) == 2)
            # all are the failing member's again, and a rebalance forgets how long it wanted to wait
            failing.fault = None
            await until_lag(group, 0)
        assert sorted(failing.handled + joining.handled) == ["a", "b", "c", "d"]

    async def test_replays_wait_until_live_work_has_caught_up(self, group: Group) -> None:
        member = Member()
        await group.send(*(f"replayed {n}" for n in range(50)), topic=group.replay)
        the_last_batch_is_not_full = QUICK.max_records * 4 + 1
        await group.send(*(str(n) for n in range(the_last_batch_is_not_full)), same_key=True)
        member.may_finish.clear()
        async with member.consuming(group, replace(QUICK, replay_quiet_s=LIMIT_S)) as connection:
            replays = subscription(connection, 1)
            await until(lambda: len(member.calls) > 1 or (member.calls and is_paused(replays)))
            assert len(member.calls) == 1
            member.may_finish.set()
            await until(lambda: len(member.handled) >= the_last_batch_is_not_full + 50)
        while_batches_were_full = member.handled[:2_000]
        assert not any(text.startswith("replayed") for text in while_batches_were_full)
        assert len([text for text in member.handled if text.startswith("replayed")]) == 50

    async def test_live_records_are_handled_while_a_replay_batch_takes_its_time(
        self, group: Group
    ) -> None:
        member = Member()
        async with member.consuming(group):
            member.may_finish.clear()
            await group.send("replayed", topic=group.replay)
            await until(lambda: member.calls == [["replayed"]])
            await group.send("live")
            await until(lambda: ["live"] in member.calls)
            assert member.handled == []

    async def test_what_is_published_is_stored_in_order_per_key_however_much_it_is(
        self,
        group: Group,
    ) -> None:
        member = Member()
        texts = [f"{n} {secrets.token_hex(500)}" for n in range(3_000)]
        await group.send(*texts, same_key=True)
        async with member.consuming(group):
            await until(lambda: len(member.handled) >= len(texts))
        assert member.handled == texts

    async def test_what_the_broker_refuses_is_an_error_of_the_publisher(self, group: Group) -> None:
        with pytest.raises(NotPublished, match="1 records: MessageSizeTooLargeError"):
            await group.send(secrets.token_hex(1_500_000))
        assert await group.lag() == 0

    async def test_a_planted_rebalance_that_does_not_wait_gives_the_batch_in_flight_away(
        self, group: Group, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def do_not_wait(*_: object) -> None: ...

        monkeypatch.setattr(Subscription, "on_partitions_revoked", do_not_wait)
        slow, joining = Member(), Member()
        slow.may_finish.clear()
        await group.send("a", "b", "c", "d", "e", "f")
        async with slow.consuming(group):
            await until(lambda: slow.calls)
            async with joining.consuming(group) as connection:
                await until(lambda: partitions(connection) == 2)
                await until(lambda: joining.handled)
                assert slow.handled == []
                slow.may_finish.set()
                await until_lag(group, 0)
        assert len(slow.handled + joining.handled) > len({*slow.handled, *joining.handled})

    async def test_what_was_not_committed_comes_again_and_nothing_else(self, group: Group) -> None:
        first, second = Member(), Member()
        async with first.consuming(group):
            await group.send("a", same_key=True)
            await until(lambda: first.handled == ["a"])
            await until_lag(group, 0)
            first.fault = OSError()
            await group.send("b", "c", same_key=True)
            await until(lambda: len(first.calls) >= 3)
        assert await group.lag() == 2
        async with second.consuming(group):
            await until_lag(group, 0)
        assert second.handled == ["b", "c"]

    async def test_who_stays_takes_over_from_who_leaves(self, group: Group) -> None:
        leaving, staying = Member(), Member()
        async with staying.consuming(group) as stays:
            async with leaving.consuming(group) as leaves:
                await until(lambda: partitions(stays) == partitions(leaves) == 2)
            await until(lambda: partitions(stays) == 4)
            await group.send(*map(str, range(40)))
            await until_lag(group, 0)
        assert sorted(staying.handled, key=int) == [str(n) for n in range(40)]
        assert leaving.handled == []

    async def test_who_leaves_settles_its_batch_first(self, group: Group) -> None:
        member = Member()
        member.may_finish.clear()
        async with member.consuming(group):
            await group.send("a", same_key=True)
            await until(lambda: member.calls)
        assert member.handled == ["a"]
        assert await group.lag() == 0

    async def test_the_commit_of_an_old_generation_fails(
        self, group: Group, logged: list[Any]
    ) -> None:
        slow, joining = Member(), Member()
        slow.may_finish.clear()
        impatient = replace(QUICK, rebalance_limit_ms=self.LIMIT_MS)
        await group.send("a", "b", same_key=True)
        async with slow.consuming(group, impatient):
            await until(lambda: slow.calls)
            async with joining.consuming(group, impatient):
                await until(lambda: joining.handled == ["a", "b"])
                await until_lag(group, 0)
                slow.may_finish.set()
                await until(lambda: "kafka.batch_taken_over" in [x["event"] for x in logged])
        assert slow.handled == ["a", "b"]
        assert await group.lag() == 0

    async def test_records_that_are_gone_are_passed_over(self, group: Group) -> None:
        member = Member()
        await group.send(*"abcde", same_key=True)
        await group.trim(partition_of(b"order", 4), 3)
        assert await group.lag() == 2
        async with member.consuming(group):
            await until_lag(group, 0)
        assert member.handled == ["d", "e"]

    async def test_a_publisher_that_failed_is_done_with(self, group: Group) -> None:
        too_large = Message(group.live, secrets.token_bytes(1_500_000), b"order")
        async with group.open_publisher() as publisher:
            with pytest.raises(NotPublished, match="1 records: MessageSizeTooLargeError"):
                await publisher.send([too_large])
            with pytest.raises(NotPublished, match="a new one is needed"):
                await publisher.send([Message(group.live, b"a", b"order")])
        assert await group.lag() == 0
