"""What every kind of marks promises: one suite for all of them."""

from eventstore.marks import Marks, SetAside

GROUP, OTHER = "mapper", "shopify-writer"


class MarksSuite:
    """A subclass gives the ``marks`` fixture: empty ones."""

    async def test_a_group_s_turn_comes_once_in_so_long_for_all_its_processes(
        self, marks: Marks
    ) -> None:
        assert await marks.turn(GROUP, 3600) == 0
        assert await marks.turn(GROUP, 3600) is None
        assert await marks.turn(OTHER, 0) == 0
        assert await marks.turn(OTHER, 0) == 0

    async def test_it_goes_on_where_it_was_and_never_back(self, marks: Marks) -> None:
        await marks.turn(GROUP, 0)
        await marks.move(GROUP, 7)
        await marks.move(GROUP, 5)
        assert await marks.turn(GROUP, 0) == 7
        assert await marks.turn(OTHER, 0) == 0

    async def test_what_was_heard_is_known_until_it_was_looked_after(self, marks: Marks) -> None:
        await marks.turn(GROUP, 0)
        await marks.heard(GROUP, [3, 4])
        await marks.heard(GROUP, [4, 9])
        assert await marks.unheard(GROUP, [3, 4, 5, 9]) == {5}
        assert await marks.unheard(OTHER, [3]) == {3}
        await marks.move(GROUP, 5)
        await marks.heard(GROUP, [2, 10])
        assert await marks.unheard(GROUP, [2, 3, 9, 10]) == {2, 3}

    async def test_what_was_heard_before_the_first_turn_counts(self, marks: Marks) -> None:
        await marks.heard(GROUP, [1])
        assert await marks.unheard(GROUP, [1, 2]) == {2}

    async def test_what_is_set_aside_is_due_when_its_wait_is_over(self, marks: Marks) -> None:
        first, second = SetAside(4, 1, "LookupError"), SetAside(9, 1, "KeyError")
        await marks.set_aside(GROUP, first, 0)
        await marks.set_aside(GROUP, second, 3600)
        assert await marks.due(GROUP, 10) == (first,)
        assert await marks.due(OTHER, 10) == ()
        again = SetAside(9, 2, "KeyError")
        await marks.set_aside(GROUP, again, 0)
        assert set(await marks.due(GROUP, 10)) == {first, again}
        assert len(await marks.due(GROUP, 1)) == 1
        assert await marks.waiting(GROUP) == 2
        await marks.done(GROUP, [4])
        assert (await marks.due(GROUP, 10), await marks.waiting(GROUP)) == ((again,), 1)
