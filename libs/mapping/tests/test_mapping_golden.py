"""Every golden order becomes exactly its golden draft, block or refusal."""

from collections.abc import Mapping

import pytest
from libs.mapping.tests import golden_cases

from mapping.eligibility import READY
from ordersync_contracts import reasons
from ordersync_contracts.events import OrderLine, ShopifyOrderDraft

CASES = golden_cases.cases()


@pytest.mark.parametrize("case", CASES)
def test_an_order_becomes_what_its_golden_file_says(case: str) -> None:
    assert golden_cases.outcome(case) == golden_cases.recorded(case)


def test_there_are_cases_enough_and_no_file_without_a_case() -> None:
    assert len(CASES) >= 40
    kinds = {"order", "shop", *golden_cases.OUTCOMES}
    for path in golden_cases.GOLDEN.iterdir():
        case, kind, ending = path.name.split(".")
        assert case in CASES, f"{path.name} has no order"
        assert (kind in kinds, ending) == (True, "json"), path.name


def test_every_status_that_can_be_shipped_has_a_case() -> None:
    seen = {golden_cases.order(case).status for case in CASES}
    assert seen >= READY | {"UNPAID", "ON_HOLD", "CANCELLED"}


def test_every_reason_of_a_refusal_or_a_block_has_a_case() -> None:
    texts = [golden_cases.recorded(case)[1] for case in CASES]
    for reason in (*reasons.NOT_ELIGIBLE, *reasons.BLOCKED):
        assert any(f'"reason_code": "{reason.code}"' in text for text in texts), reason.code


@pytest.mark.parametrize("case", [c for c in CASES if golden_cases.recorded(c)[0] == "draft"])
def test_a_golden_draft_adds_up_and_names_every_unit_once(case: str) -> None:
    order = golden_cases.order(case)
    draft = ShopifyOrderDraft.model_validate_json(golden_cases.recorded(case)[1])
    assert golden_cases.shown(draft) == draft.total
    named = sorted(line_id for line in draft.lines for line_id in line.line_ids)
    links = golden_cases.source(case).links
    assert named == sorted(
        line.line_id
        for line in order.lines
        if not line.is_cancelled
        for _ in range(_units(line, links) if _explodes(case) else 1)
    )
    assert all(line.quantity == len(line.line_ids) for line in draft.lines)


def _explodes(case: str) -> bool:
    return golden_cases.source(case).shop.settings.bundles == "explode"


def _units(line: OrderLine, links: Mapping[str, str]) -> int:
    """As many as its parts, if it is a bundle that only its parts are linked for."""
    is_whole = line.sku_id in links or any(part.sku_id not in links for part in line.parts)
    return 1 if is_whole else sum(part.count for part in line.parts)
