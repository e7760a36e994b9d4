"""What is news, what is asked for next, whose buyer is kept."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.world.story import fetched, folded

from fetcher.domain import (
    KEPT_FROM,
    OPEN,
    Window,
    history_window,
    keeps_buyer,
    may_be_known,
    news,
    pieces,
    poll_window,
)
from lifecycle.order import Order

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_a_first_snapshot_is_news() -> None:
    assert news(Order(), [fetched()]) == (fetched(),)


def test_the_same_state_asked_for_later_is_no_news() -> None:
    later = fetched(asked_at=fetched().asked_at + MINUTE)
    assert news(folded(fetched()), [later]) == ()


def test_a_change_that_tiktok_does_not_date_is_news() -> None:
    swept = fetched(asked_at=fetched().asked_at + MINUTE, tracking_number="1Z999")
    assert news(folded(fetched()), [swept]) == (swept,)


def test_a_snapshot_with_an_older_update_time_is_no_news() -> None:
    late = fetched(updated_at=fetched().updated_at - MINUTE, asked_at=NOON, status="ON_HOLD")
    assert news(folded(fetched()), [late]) == ()


def test_of_one_update_time_the_answer_to_the_later_request_counts() -> None:
    earlier = fetched(asked_at=fetched().asked_at - MINUTE, tracking_number="old")
    assert news(folded(fetched()), [earlier]) == ()


@pytest.mark.parametrize("backwards", [False, True])
def test_of_several_snapshots_of_one_page_the_newest_is_the_news(backwards: bool) -> None:
    newer = fetched(updated_at=fetched().updated_at + MINUTE, status="IN_TRANSIT")
    found = [newer, fetched()] if backwards else [fetched(), newer]
    assert news(Order(), found) == (newer,)


def test_back_to_an_earlier_state_is_news_again() -> None:
    a, b = fetched(), fetched(asked_at=NOON, tracking_number="1Z999")
    again = fetched(asked_at=NOON + MINUTE)
    assert news(folded(a, b), [again]) == (again,)


@pytest.mark.parametrize("status", ["UNPAID", "ON_HOLD", "CANCELLED", "", "SOMETHING_NEW"])
def test_no_buyer_is_kept_before_the_seller_has_to_ship(status: str) -> None:
    assert not keeps_buyer("FULFILLMENT_BY_SELLER", status)


@pytest.mark.parametrize("status", sorted(KEPT_FROM))
def test_the_buyer_is_kept_of_what_the_seller_ships(status: str) -> None:
    assert keeps_buyer("FULFILLMENT_BY_SELLER", status)
    assert not keeps_buyer("FULFILLMENT_BY_TIKTOK", status)
    assert not keeps_buyer("", status)


def test_finished_orders_are_not_swept() -> None:
    assert not {"COMPLETED", "CANCELLED"} & set(OPEN)


def test_a_window_begins_before_the_watermark_and_ends_before_now() -> None:
    window = poll_window(NOON, NOON + timedelta(seconds=10, microseconds=7), 2 * MINUTE)
    assert window == Window(NOON - 2 * MINUTE, NOON + timedelta(seconds=10))


def test_a_second_that_is_not_over_is_not_asked_for() -> None:
    almost = NOON.replace(microsecond=999_999)
    assert poll_window(NOON, almost, timedelta(0)) is None
    assert poll_window(NOON, NOON + timedelta(seconds=1), timedelta(0)) is not None


def test_a_clock_that_went_back_asks_for_nothing() -> None:
    assert poll_window(NOON, NOON - 10 * MINUTE, MINUTE) is None


def test_an_outage_is_caught_up_in_adjoining_pieces_the_earliest_first() -> None:
    whole = Window(NOON - timedelta(hours=60), NOON)
    parts = list(pieces(whole, timedelta(hours=24)))
    assert [part.until - part.since for part in parts] == [timedelta(hours=h) for h in (24, 24, 12)]
    assert (parts[0].since, parts[-1].until) == (whole.since, whole.until)
    assert [part.until for part in parts[:-1]] == [part.since for part in parts[1:]]


def test_a_short_window_is_one_piece() -> None:
    window = Window(NOON - MINUTE, NOON)
    assert list(pieces(window, timedelta(hours=24))) == [window]


def test_an_order_placed_before_the_shop_was_connected_may_be_known_to_another() -> None:
    ours = "FULFILLMENT_BY_SELLER"
    assert may_be_known(ours, NOON - MINUTE, NOON)
    assert not may_be_known(ours, NOON, NOON)
    assert not may_be_known(ours, NOON + MINUTE, NOON)
    assert not may_be_known("FULFILLMENT_BY_TIKTOK", NOON - MINUTE, NOON)
    assert not may_be_known(ours, None, NOON)
    assert not may_be_known(ours, NOON - MINUTE, None)


DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("begins_at", "covered_from", "window"),
    [
        (NOON - 7 * DAY, NOON, Window(NOON - DAY, NOON)),
        (NOON - DAY / 2, NOON, Window(NOON - DAY / 2, NOON)),
        (NOON - timedelta(microseconds=1), NOON, Window(NOON - timedelta(seconds=1), NOON)),
        (NOON, NOON, None),
        (NOON + MINUTE, NOON, None),
        (NOON - DAY, None, None),
        (None, NOON, None),
        (None, None, None),
    ],
    ids=[
        "the newest piece first",
        "the last piece is as long as what is left",
        "a window begins at a whole second",
        "nothing when all of it is covered",
        "nothing of a window that begins later",
        "nothing before the polls have begun",
        "nothing of a shop without a window",
        "nothing of a shop that nothing is known of",
    ],
)
def test_history_is_read_backwards_until_the_window_is_covered(
    begins_at: datetime | None, covered_from: datetime | None, window: Window | None
) -> None:
    assert history_window(begins_at, covered_from, DAY) == window
