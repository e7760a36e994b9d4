"""The chain's value, as it stands in every store and every record already."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from eventstore import chain
from ordersync_contracts.envelope import Recorded, Trace

AT = datetime(2026, 11, 25, 12, tzinfo=UTC)
KNOWN = Recorded(
    id=UUID(int=7),
    stream="order-1-2",
    version=1,
    position=3,
    name="OrderFetched",
    schema_version=1,
    occurred_at=AT,
    recorded_at=AT + timedelta(seconds=1),
    trace=Trace(source="fetcher", correlation_id="a", causation_id="b"),
    data=b"{}",
)


def test_a_known_event_has_its_known_value() -> None:
    assert (
        chain.link(chain.FIRST, KNOWN).hex()
        == "a2574528969586fc7fdf83c65805d9e71b7c1cbeb11eff03b7368a24b67d7a5f"
    )


@pytest.mark.parametrize(
    "other",
    [
        {"id": UUID(int=8)},
        {"stream": "order-1-3"},
        {"version": 2},
        {"position": 4},
        {"name": "OrderEligible"},
        {"schema_version": 2},
        {"occurred_at": AT + timedelta(microseconds=1)},
        {"occurred_at": datetime(1970, 1, 1, tzinfo=UTC)},  # what a platform calls the second 0
        {"recorded_at": AT},
        {"trace": Trace(source="mapper", correlation_id="a", causation_id="b")},
        {"trace": Trace(source="fetcher", correlation_id="b", causation_id="b")},
        {"trace": Trace(source="fetcher", correlation_id="a", causation_id="c")},
        {"trace": Trace(source="fetcher", correlation_id="a", causation_id="b", traceparent="t")},
        {"data": b"{ }"},
    ],
)
def test_whatever_is_changed_of_it_changes_the_value(other: dict[str, object]) -> None:
    changed = replace(KNOWN, **other)  # type: ignore[arg-type]  # fields of Recorded
    assert chain.link(chain.FIRST, changed) != chain.link(chain.FIRST, KNOWN)


def test_what_came_before_changes_the_value() -> None:
    assert chain.link(b"", KNOWN) != chain.link(chain.FIRST, KNOWN)
