"""Many histories are counted, a failing one is kept, and its case reads back."""

from dataclasses import replace
from pathlib import Path

import pytest
from simulation.evidence import Failure
from simulation.many import Report, explore
from simulation.one import read_case, show
from simulation.plan import Plan, Strike
from simulation.result import Result


def _draw(seed: int) -> Plan:
    return Plan(seed=seed, horizon_s=10, strikes=(Strike(at_s=1, kind="reset"),))


def _run(plan: Plan) -> Result:
    failures = (
        [Failure("Exactly once", "o", "two orders")] if plan.seed % 2 and plan.strikes else []
    )
    return Result(plan=plan, failures=failures, struck={"reset": 1, "late": 0}, done={"buy": 2},
                  events=3, virtual_s=10.0, trace=(), digest="ab" * 32)  # fmt: skip


def test_histories_are_counted_and_failing_seeds_named() -> None:
    report = explore(_draw, _run, 0.005, 1, 2)
    assert report.events == 3 * report.histories > 0
    assert 1 in report.failed
    assert 2 not in report.failed
    assert report.done["buy"] == 2 * report.histories


def test_a_fault_that_hardly_strikes_is_named() -> None:
    report = Report()
    report.add(_run(_draw(2)))
    assert report.rare(("reset", "late", "never")) == ["late", "never"]


def test_a_failing_history_is_kept_and_reads_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert show(_draw(1), _run, everything=False, short=False, cases=tmp_path)
    (path,) = tmp_path.iterdir()
    assert path.name == "exactly-once-abababababab.json"
    assert read_case(path).strikes == _draw(1).strikes
    assert "BROKEN Exactly once" in capsys.readouterr().out
    assert not show(_draw(2), _run, everything=False, short=False, cases=tmp_path)


def test_a_file_may_be_a_case_or_a_plan(tmp_path: Path) -> None:
    plan, case = tmp_path / "plan.json", tmp_path / "case.json"
    plan.write_text(_draw(1).to_json())
    case.write_text(f'{{"found": "", "plan": {_draw(1).to_json()}}}')
    assert read_case(plan) == read_case(case) == _draw(1)
    plan.write_text("[]")
    with pytest.raises(ValueError, match="Input should be"):
        read_case(plan)


def test_a_failure_that_does_not_come_again_is_not_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tried = tmp_path / "tried"

    def only_at_first(plan: Plan) -> Result:
        failures = [] if tried.exists() else [Failure("once", "o", "two orders")]
        tried.touch()
        return replace(_run(plan), failures=failures)

    cases = tmp_path / "cases"
    assert show(_draw(1), only_at_first, everything=False, short=False, cases=cases)
    assert not cases.exists()
    assert "did not fail" in capsys.readouterr().out


def test_no_history_at_all_is_an_error() -> None:
    with pytest.raises(ValueError, match="no history was run in 0"):
        explore(_draw, _run, 0, 1, 1)


def test_no_process_at_all_is_an_error() -> None:
    with pytest.raises(ValueError, match="at_once is 0"):
        explore(_draw, _run, 0.005, 1, 0)
