"""Every plant changes what it says, and one is found only by what holds without it."""

from dataclasses import replace
from pathlib import Path

import pytest
import simulation.run  # noqa: F401
from simulation.apart import run_apart
from simulation.evidence import Failure
from simulation.plan import Plan
from simulation.planted import find, write_table
from simulation.plants import PLANTS
from simulation.plants.patching import everywhere, method
from simulation.result import Result


def _draw(seed: int) -> Plan:
    return Plan(seed=seed, horizon_s=1)


def _run(plan: Plan) -> Result:
    """Seed 1 breaks a promise anyhow; the plant breaks another from seed 3 on."""
    broken = [("cents", plan.seed == 1), ("once", bool(plan.plant) and plan.seed >= 3)]
    failures = [Failure(promise, "order", "seen") for promise, is_broken in broken if is_broken]
    return Result(plan=plan, failures=failures, struck={}, done={}, events=0, virtual_s=0.0,
                  trace=(), digest="")  # fmt: skip


@pytest.mark.parametrize("name", PLANTS)
def test_a_plant_changes_what_there_is(name: str) -> None:
    """In a child: it changes modules for good. It raises where what it replaces is gone."""

    def plant(plan: Plan) -> Result:
        PLANTS[plan.plant]()
        return _run(replace(plan, plant=""))

    assert run_apart(plant, replace(_draw(2), plant=name)).failures == []


def test_there_are_the_campaigns_plants_and_more_than_twenty_of_our_own() -> None:
    own = [plant for plant in PLANTS.values() if plant.__module__.startswith("simulation")]
    assert len(own) >= 20
    assert {"retry_on_timeout", "no_lookup", "lease_not_checked"} <= set(PLANTS)
    assert all(plant.__doc__ for plant in PLANTS.values())


def test_what_is_broken_without_the_plant_does_not_find_it() -> None:
    found = find("no_lookup", _draw, _run)
    assert (found.after, found.how) == (3, "once")


def test_what_is_not_found_is_said_in_the_table_and_by_the_answer(tmp_path: Path) -> None:
    table = tmp_path / "table.md"
    assert write_table(_draw, _run, 1, table, most=4)
    assert "`no_lookup`: Nobody asks Shopify whether the order is there. | 3 | once |" in (
        table.read_text()
    )
    assert not write_table(_draw, _run, 1, table, most=2)
    assert table.read_text().count("not in 2") == len(PLANTS)


def test_what_nobody_calls_cannot_be_replaced() -> None:
    with pytest.raises(LookupError, match="nobody calls"):
        everywhere(lambda: None, lambda: None)
    with pytest.raises(AttributeError):
        method(Path, "no_such_method", lambda real: real)
