"""Branches that children take are counted over all of them, and too few are an error."""

from simulation.apart import run_all
from simulation.many import ENOUGH
from simulation.measure import Covered, Measure, groups, measuring
from simulation.plan import Plan
from simulation.result import Result

from jobs.lanes import LaneShares

LANES = "libs/jobs/src/jobs/lanes.py"


def _run(plan: Plan) -> Result:
    if plan.seed == 2:
        LaneShares().deal(3)
    return Result(plan=plan, failures=[], struck={}, done={}, events=0, virtual_s=0.0, trace=(),
                  digest="")  # fmt: skip


def _counted(measure: Measure, *seeds: int) -> tuple[int, int]:
    plans = [Plan(seed=seed, horizon_s=1) for seed in seeds]
    assert not [failure for result in run_all(measure.of(_run), plans, 1)
                for failure in result.failures]  # fmt: skip
    return measure.report().files.get(LANES, (0, 0))


def test_what_children_took_is_counted_over_all_that_are_measured() -> None:
    with measuring(2) as measure:
        taken, there = _counted(measure, 1, 2, 3, 4)
    assert taken == there > 0


def test_a_history_that_is_not_measured_counts_nothing() -> None:
    with measuring(4) as measure:
        assert _counted(measure, 1, 2, 3) == (0, 0)
    with measuring(0) as measure:
        assert _counted(measure, 2) == (0, 0)


def test_every_group_has_files() -> None:
    found = groups()
    assert all(found.values())
    assert {"services/mapper/src/mapper/domain.py", "jobs", "webhooks"} <= set(found)
    assert LANES in {str(path)[-len(LANES) :] for path in found["jobs"]}


def test_a_group_with_too_few_branches_is_named_once_there_are_histories_enough() -> None:
    domain = "services/mapper/src/mapper/domain.py"
    poor, good = Covered({domain: (84, 100)}), Covered({domain: (85, 100)})
    assert poor.lacking(ENOUGH) == [f"{domain}: 84 of 100 branches were taken"]
    assert poor.lacking(ENOUGH - 1) == good.lacking(ENOUGH) == Covered().lacking(ENOUGH) == []
