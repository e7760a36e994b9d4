"""A database that may forget what it has acknowledged is refused before anything is appended."""

import pytest

from eventstore.durability import NotDurable, check


@pytest.mark.parametrize(
    ("commit", "standbys"),
    [
        ("on", ""),
        ("on", "ANY 1 (a, b)"),
        ("remote_apply", "a"),
        ("remote_write", "a"),
        ("local", ""),
    ],
)
def test_a_commit_that_is_kept_is_enough(commit: str, standbys: str) -> None:
    check({"commit": commit, "standbys": standbys})


@pytest.mark.parametrize(("commit", "standbys"), [("off", ""), ("off", "a"), ("local", "a")])
def test_a_commit_that_may_be_lost_is_refused(commit: str, standbys: str) -> None:
    with pytest.raises(NotDurable, match=f"synchronous_commit is {commit}.*Set it to on"):
        check({"commit": commit, "standbys": standbys})
