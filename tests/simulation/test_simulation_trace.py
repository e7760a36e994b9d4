"""A trace is the same bytes for the same course, and its story leaves out what does not matter."""

import json

import pytest
from simulation.trace import Trace, digest, story


def _trace() -> Trace:
    trace = Trace()
    trace.add(1.0, "fetcher-1", "call", order="71", call="tiktok.orders")
    trace.add(2.5, "shopify-writer-2", "fault reset", call="shopify.create")
    trace.add(3.0, "mapper-1", "call", order="2")
    return trace


def test_the_same_course_has_the_same_digest_and_another_has_another() -> None:
    other = _trace()
    other.add(4.0, "mapper-1", "call")
    assert digest(_trace().lines()) == digest(_trace().lines())
    assert digest(_trace().lines()) != digest(other.lines())


def test_the_order_in_which_details_are_given_does_not_matter() -> None:
    one, two = Trace(), Trace()
    one.add(1, "a", "b", x=1, y=2)
    two.add(1, "a", "b", y=2, x=1)
    assert one.lines() == two.lines()


def test_a_detail_that_is_no_json_is_refused() -> None:
    with pytest.raises(TypeError):
        Trace().add(1, "a", "b", what_is_it=object())


def test_a_detail_may_have_any_name_and_may_change_later() -> None:
    trace, given = Trace(), ["1"]
    trace.add(1, "a", "b", who="c", given=given)
    given.append("2")
    (line,) = trace.lines()
    assert json.loads(line) == {"at": 1, "who": "a", "what": "b", "its_who": "c", "given": ["1"]}


def test_a_story_tells_what_names_the_order_and_every_fault() -> None:
    told = story(_trace().lines(), ["TikTok order 71"])
    assert "tiktok.orders" in told
    assert "fault reset" in told
    assert "mapper-1" not in told


def test_a_story_takes_ids_whole() -> None:
    trace = Trace()
    for order in ("57", "571", "gid://shopify/Order/57"):
        trace.add(1, "a", "b", order=order, says=json.dumps({"order_id": order}))
    assert [line.split("order=")[1][:3] for line in story(trace.lines(), ["57"]).splitlines()] == [
        "57 ", "gid",
    ]  # fmt: skip
    assert "571" in story(trace.lines(), ["571"])


def test_a_story_without_ids_or_about_what_no_line_names_tells_everything() -> None:
    for about in ([], ["events"], ["jobs.parked"], ["TikTok order 99"]):
        assert len(story(_trace().lines(), about).splitlines()) == 3
