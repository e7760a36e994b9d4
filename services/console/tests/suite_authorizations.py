"""What authorisations under way promise, in memory and in PostgreSQL alike."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from console.authorizations import Authorizations
from runtime.clock import utc_now

MINUTE = timedelta(minutes=1)


class AuthorizationsSuite:
    """A subclass brings the fixture ``begun``: several hands on the same ones."""

    async def test_what_was_begun_is_taken_once_whoever_takes_it(
        self, begun: Sequence[Authorizations]
    ) -> None:
        now = utc_now()
        await begun[0].begin("digest", "ana", now + MINUTE)
        taken = await asyncio.gather(*(hand.take("digest", now) for hand in begun))
        assert sorted(taken) == [False, False, False, True]

    async def test_what_has_expired_or_was_never_begun_is_not_taken(
        self, begun: Sequence[Authorizations]
    ) -> None:
        now = utc_now()
        await begun[0].begin("late", "ana", now + MINUTE)
        assert not await begun[1].take("late", now + MINUTE)
        assert not await begun[1].take("late", now)
        assert not await begun[1].take("never", now)

    async def test_one_that_is_begun_leaves_the_others_alone(
        self, begun: Sequence[Authorizations]
    ) -> None:
        now = utc_now()
        await begun[0].begin("old", "ana", now - MINUTE)
        await begun[0].begin("one", "ana", now + MINUTE)
        await begun[1].begin("other", "bo", now + MINUTE)
        assert await begun[2].take("one", now)
        assert await begun[2].take("other", now)
        assert not await begun[2].take("old", now)
