"""What bulk syncs promise as they are kept, in memory and in PostgreSQL alike."""

from console.orders.bulk_runs import BulkRun, BulkRuns, to_json
from console.rows import OrderFilter
from lifecycle.status import Status

WANTED = OrderFilter(Status.NOT_SYNCED, shop_id="7495", text="5764", gifts=True)


def a_run(number: int = 1) -> BulkRun:
    return BulkRun(f"form-{number}", "ana", to_json(WANTED), 700, begun_at=41)


class BulkRunsSuite:
    """A subclass brings the fixture ``runs``: none yet."""

    async def test_what_was_begun_is_claimed_as_it_was_asked_for(self, runs: BulkRuns) -> None:
        assert await runs.begin(a_run())
        claimed = await runs.claim()
        assert claimed == a_run()
        assert (claimed.selection, claimed.cursor) == (WANTED, None)
        assert await runs.claim() is None

    async def test_the_same_form_again_is_the_same_run(self, runs: BulkRuns) -> None:
        await runs.begin(a_run())
        claimed = await runs.claim()
        assert claimed is not None
        await runs.go_on(claimed, "2026-11-25T12:00:00+00:00~order-7495-1", 500, 480)
        assert not await runs.begin(a_run())
        (shown,) = await runs.shown()
        assert (shown.seen, shown.asked) == (500, 480)

    async def test_a_sixth_and_a_tenth_wait_their_turn_and_nothing_is_dropped(
        self, runs: BulkRuns
    ) -> None:
        for number in range(10):
            await runs.begin(a_run(number))
        claimed = [await runs.claim() for _ in range(11)]
        assert {run.id for run in claimed if run} == {f"form-{number}" for number in range(10)}
        assert claimed[-1] is None
        assert len(await runs.shown()) == 10

    async def test_a_page_that_is_done_counts_and_the_run_is_anybodys_again(
        self, runs: BulkRuns
    ) -> None:
        await runs.begin(a_run())
        claimed = await runs.claim()
        assert claimed is not None
        place = "2026-11-25T12:00:00+00:00~order-7495-1"
        assert await runs.go_on(claimed, place, 500, 480, 3)
        again = await runs.claim()
        assert again is not None
        assert (str(again.cursor), again.seen, again.asked) == (place, 500, 480)
        assert await runs.go_on(again, f"{place}0", 500, 480, 2)
        (shown,) = await runs.shown()
        assert (shown.seen, shown.asked, shown.not_asked) == (1000, 960, 5)

    async def test_a_page_that_two_did_counts_once(self, runs: BulkRuns) -> None:
        """As when a process stood still for longer than a run is its own."""
        await runs.begin(a_run())
        slow = await runs.claim()
        assert slow is not None
        place = "2026-11-25T12:00:00+00:00~order-7495-1"
        assert await runs.go_on(slow, place, 500, 480)
        assert not await runs.go_on(slow, place, 500, 0)
        (shown,) = await runs.shown()
        assert (shown.seen, shown.asked) == (500, 480)

    async def test_what_waits_says_for_what_and_lets_others_go_before_it(
        self, runs: BulkRuns
    ) -> None:
        await runs.begin(a_run(1))
        await runs.begin(a_run(2))
        first = await runs.claim()
        assert first is not None
        await runs.put_off(first, 3600, waits_for=["mapper"])
        second = await runs.claim()
        assert second is not None
        assert {first.id, second.id} == {"form-1", "form-2"}
        await runs.put_off(second, 0, trouble="LookupError")
        again = await runs.claim()
        assert again is not None
        assert (again.id, again.trouble) == (second.id, "LookupError")
        told = {run.id: (run.waits_for, run.trouble) for run in await runs.shown()}
        assert told == {first.id: (("mapper",), ""), second.id: ((), "LookupError")}

    async def test_one_that_is_done_is_shown_until_somebody_dismisses_it(
        self, runs: BulkRuns
    ) -> None:
        await runs.begin(a_run())
        claimed = await runs.claim()
        assert claimed is not None
        await runs.dismiss(claimed.id)
        assert len(await runs.shown()) == 1
        await runs.finish(claimed)
        assert await runs.claim() is None
        (shown,) = await runs.shown()
        assert shown.is_done
        await runs.dismiss(claimed.id)
        assert list(await runs.shown()) == []
        assert not await runs.begin(a_run())
