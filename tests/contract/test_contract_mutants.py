"""The mutation tool changes what it should, sees what tests see, and its explanations hold."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.mutants import explained
from tests.mutants.mutations import Mutant, Source, sample
from tests.mutants.targets import ON_POSTGRES, ROOT, Target, targets
from tests.mutants.trial import Verdict, attempt

LINK = Target("libs/lifecycle/src/lifecycle/link.py", "lifecycle.link", "libs/lifecycle")

SHOP = Target("libs/lifecycle/src/lifecycle/shop.py", "lifecycle.shop", "libs/lifecycle")


def mutants_of(target: Target) -> list[Mutant]:
    source = Source(target)
    return [mutant for at in range(len(source)) for mutant in source.mutants(at)]


def test_what_decides_is_changed_everywhere() -> None:
    found = {target.path for target in targets()}
    deciding = {str(path.relative_to(ROOT)) for path in ROOT.glob("services/*/src/**/domain.py")}
    assert deciding <= found
    assert {path for path in ON_POSTGRES if not (ROOT / path).is_file()} == set()
    assert not found & ON_POSTGRES
    assert all((ROOT / target.tests).exists() for target in targets())
    for folder in ("mapping", "lifecycle", "eventstore", "jobs"):
        there = {str(path.relative_to(ROOT)) for path in ROOT.glob(f"libs/{folder}/src/**/*.py")}
        assert there <= found | ON_POSTGRES


def test_a_sample_is_the_same_for_the_same_seed_and_has_each_place_once() -> None:
    first, second = (sample([LINK], 6, seed=1) for _ in range(2))
    assert [mutant.key for mutant in first] == [mutant.key for mutant in second]
    assert len({mutant.key for mutant in first}) == 6
    assert [mutant.key for mutant in sample([LINK], 6, seed=2)] != [m.key for m in first]


def test_what_changes_elsewhere_leaves_the_rest_of_a_sample_as_it_is() -> None:
    """Otherwise every change of the sources would draw new survivors."""
    alone, beside = sample([LINK], 8, seed=1), sample([LINK, SHOP], 8, seed=1)
    still = {mutant.key for mutant in beside if mutant.target == LINK}
    assert 0 < len(still) < 8
    assert still < {mutant.key for mutant in alone}


def test_every_change_has_a_name_of_its_own_and_changes_the_source() -> None:
    made = mutants_of(LINK)
    assert len({mutant.key for mutant in made}) == len(made) > 6
    original = (ROOT / LINK.path).read_text(encoding="utf-8")
    assert original not in {mutant.source for mutant in made}


@pytest.mark.parametrize("kind", ["killed", "survived", "not loaded", "timed out"])
def test_a_trial_tells_what_the_tests_saw(tmp_path: Path, kind: str) -> None:
    any_one = mutants_of(LINK)[0]
    original = (ROOT / LINK.path).read_text(encoding="utf-8")
    limit_s, planted = (
        60.0,
        {
            "killed": replace(any_one, source=original.replace("def linked(", "def joined(")),
            "survived": replace(any_one, source=f"{original}\n"),
            "not loaded": replace(any_one, target=replace(LINK, module="lifecycle.nowhere")),
            "timed out": replace(any_one, source="import time\ntime.sleep(60)\n"),
        }[kind],
    )
    assert attempt(planted, tmp_path, 4.0 if kind == "timed out" else limit_s) is Verdict(kind)


def test_what_is_explained_exists_and_says_why() -> None:
    entries = explained.known()
    assert explained.stale(entries, targets()) == []


def test_an_explanation_of_nothing_and_one_without_a_reason_are_noticed() -> None:
    mutant = mutants_of(LINK)[0]
    entry = explained.entry_of(mutant)
    with pytest.raises(ValueError, match="why can no test kill it"):
        explained.read(entry)
    written = explained.read(entry.replace('reason = ""', 'reason = "It is the same."'))
    assert explained.stale(written, targets()) == []
    moved = {key._replace(before="gone"): known for key, known in written.items()}
    assert len(explained.stale(moved, targets())) == 1
