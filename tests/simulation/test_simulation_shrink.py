"""A failing plan becomes as small as it can be, and a child that dies is a failure."""

import os
import time

import pytest
from simulation.apart import Limits, run_all, run_apart
from simulation.evidence import Failure
from simulation.plan import Act, Plan, Strike
from simulation.result import Result
from simulation.shrink import shrink

PLAN = Plan(
    seed=7,
    horizon_s=100,
    shops=3,
    acts=tuple(Act(at_s=second, kind="order") for second in range(20)),
    strikes=tuple(Strike(at_s=second, kind="reset") for second in range(20)),
)


def _result(plan: Plan, *promises: str) -> Result:
    failures = [Failure(promise, "order", "seen") for promise in promises]
    return Result(plan=plan, failures=failures, struck={}, done={}, events=0, virtual_s=0.0,
                  trace=(), digest=str(plan.seed))  # fmt: skip


def _fails_at_13_and_7(plan: Plan) -> Result:
    strikes = {strike.at_s for strike in plan.strikes}
    acts = {act.at_s for act in plan.acts}
    return _result(plan, *(["once"] if {13, 17} <= strikes and 7 in acts else ["other"]))


def test_only_what_the_failure_needs_is_left() -> None:
    small = shrink(PLAN, "once", _fails_at_13_and_7)
    assert [strike.at_s for strike in small.strikes] == [13, 17]
    assert [act.at_s for act in small.acts] == [7]
    assert (small.shops, small.horizon_s) == (1, 17)


@pytest.mark.parametrize("runs", [0, 1, 5, 12])
def test_no_more_runs_than_allowed_and_the_result_still_fails(runs: int) -> None:
    ran: list[Plan] = []

    def run(plan: Plan) -> Result:
        ran.append(plan)
        return _fails_at_13_and_7(plan)

    small = shrink(PLAN, "once", run, runs)
    assert len(ran) <= runs
    assert _fails_at_13_and_7(small).failures[0].promise == "once"


@pytest.mark.parametrize("at_once", [1, 3])
def test_results_come_in_the_order_of_the_plans(at_once: int) -> None:
    def run(plan: Plan) -> Result:
        time.sleep(0.05 if plan.seed == 0 else 0)
        return _result(plan)

    plans = [Plan(seed=seed, horizon_s=1) for seed in range(6)]
    assert [one.plan.seed for one in run_all(run, plans, at_once)] == list(range(6))


def _dies(plan: Plan) -> Result:
    os._exit(plan.seed)


def _never_ends(plan: Plan) -> Result:
    while True:
        pass


def _raises(plan: Plan) -> Result:
    raise RuntimeError("no such act")


def test_a_child_that_dies_raises_or_does_not_end_breaks_the_promise_ends() -> None:
    for run, said in ((_dies, "7"), (_never_ends, "-"), (_raises, "no such act")):
        (failure,) = run_apart(run, PLAN, Limits(cpu_s=1)).failures
        assert (failure.promise, failure.about) == ("ends", "seed 7")
        assert said in failure.how


def _waits(plan: Plan) -> Result:
    time.sleep(60)
    return _result(plan)


def test_a_child_that_waits_for_ever_is_ended_by_the_wall_clock() -> None:
    began = time.monotonic()
    (failure,) = run_apart(_waits, PLAN, Limits(wall_s=0.2)).failures
    assert failure.promise == "ends"
    assert time.monotonic() - began < 5


def test_a_result_reads_back_whole_from_its_json() -> None:
    result = _result(PLAN, "once", "ends")
    assert Result.parse(result.to_json()) == result
