"""The reason catalogue: every code once, every text complete."""

import re

import pytest

from ordersync_contracts import reasons
from ordersync_contracts.generate.pages import reasons_page
from ordersync_contracts.reasons import CATALOGUE, RetryPolicy

ALL = tuple(CATALOGUE.values())
GROUPS = (
    reasons.NOT_ELIGIBLE,
    reasons.BLOCKED,
    reasons.FAILED,
    reasons.UPDATE_FAILED,
    reasons.WITHDRAWN,
    reasons.PAUSED,
    reasons.NOT_RECORDED,
)


def test_no_code_is_declared_twice() -> None:
    assert sum(len(group) for group in GROUPS) == len(CATALOGUE)


def test_every_reason_is_on_the_page() -> None:
    page = reasons_page()
    assert [reason.code for reason in ALL if f"| `{reason.code}` |" not in page] == []


def test_every_code_is_a_stable_lower_case_name() -> None:
    for reason in ALL:
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", reason.code), reason.code
        assert reasons.reason(reason.code) is reason


def test_every_text_is_said_in_whole_sentences() -> None:
    for reason in ALL:
        assert reason.title, reason.code
        assert not reason.title.endswith("."), reason.code
        for text in (reason.what, reason.fix):
            assert text.endswith("."), reason.code
            assert text[0].isupper(), reason.code


def test_what_only_a_person_can_end_says_what_to_do() -> None:
    for reason in ALL:
        if reason.retry is RetryPolicy.NEVER:
            assert not reason.fix.startswith("Nothing to do"), reason.code


def test_two_codes_never_share_a_title_within_a_group() -> None:
    for group in GROUPS:
        titles = [reason.title for reason in group]
        assert len(titles) == len(set(titles))


def test_a_code_that_is_not_in_the_catalogue_is_an_error() -> None:
    with pytest.raises(KeyError):
        reasons.reason("made_up")


def test_what_is_probed_is_a_pause_that_waits_for_its_cause() -> None:
    probed = {code for code, entry in reasons.CATALOGUE.items() if entry.probe}
    assert reasons.STORE_WIDE < probed < reasons.PAUSES
    assert {reasons.reason(code).retry for code in reasons.PAUSES} == {RetryPolicy.WAITS}
