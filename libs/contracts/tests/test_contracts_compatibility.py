"""A change of a schema that breaks readers or writers is refused, and said where."""

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from ordersync_contracts import events
from ordersync_contracts.generate import compatibility, schemas

OLD = schemas.schema_of(events.ShopifyOrderDraft)
Change = Callable[[dict[str, Any]], object]


def changed(change: Change) -> dict[str, Any]:
    new = deepcopy(OLD)
    change(new)
    return new


def test_the_same_schema_breaks_nothing() -> None:
    assert compatibility.breaking_changes(OLD, deepcopy(OLD)) == ()


@pytest.mark.parametrize(
    "change",
    [
        lambda new: new["properties"].update(weight={"type": "integer", "default": 0}),
        lambda new: new.update(description="said better"),
        lambda new: new["properties"]["total"].update(title="Sum"),
        lambda new: new["$defs"]["DraftLine"]["properties"].update(note={"type": "string"}),
    ],
    ids=["optional field", "description", "title", "optional field of a part"],
)
def test_other_words_and_further_optional_fields_break_nothing(change: Change) -> None:
    assert compatibility.breaking_changes(OLD, changed(change)) == ()


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda new: new["properties"].pop("replaces"), "data.replaces: the field is gone"),
        (lambda new: new["properties"].pop("total"), "data.total: the field is gone"),
        (lambda new: new["required"].append("lane"), "data.lane: the field is required now"),
        (lambda new: new["required"].remove("total"), "data.total: the field may be absent now"),
        (lambda new: new["properties"]["total"].update(type="number"), "data.total: type changed"),
        (lambda new: new["properties"]["lane"]["enum"].pop(), "data.lane: enum changed"),
        (lambda new: new["properties"]["lane"]["enum"].append("replay"), "data.lane: enum changed"),
        (
            lambda new: new["properties"]["lane"].update(default="bulk"),
            "data.lane: default changed",
        ),
        (lambda new: new["properties"]["replaces"]["anyOf"].pop(), "data.replaces: anyOf changed"),
        (
            lambda new: new["$defs"]["DraftLine"]["properties"]["quantity"].update(type="string"),
            "data.lines.items.quantity: type changed",
        ),
        (
            lambda new: new["$defs"]["VaultReference"]["required"].append("masked"),
            "data.message.anyOf.0.masked: the field is required now",
        ),
    ],
)
def test_a_breaking_change_is_named_with_its_place(change: Change, place: str) -> None:
    assert any(place in found for found in found_in(changed(change)))


def found_in(new: dict[str, Any]) -> tuple[str, ...]:
    return compatibility.breaking_changes(OLD, new)


def test_a_published_schema_that_is_gone_or_broken_fails_the_check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tagged, current = tmp_path / "tagged", tmp_path / "current"
    for folder in (tagged, current):
        folder.mkdir()
    for name in ("Kept.v1", "Gone.v1", "Broken.v1"):
        (tagged / f"{name}.json").write_text(json.dumps(OLD))
    (current / "Kept.v1.json").write_text(json.dumps(OLD))
    (current / "Kept.v2.json").write_text("{}")
    (current / "Broken.v1.json").write_text(
        json.dumps(changed(lambda new: new["properties"].pop("total")))
    )
    assert compatibility.main([str(tagged), str(current)]) == 1
    said = capsys.readouterr().err
    assert "Gone.v1: the schema is gone" in said
    assert "Broken.v1: data.total: the field is gone" in said
    assert "Kept" not in said
    assert compatibility.main([str(current), str(current)]) == 0
    assert compatibility.main([]) == 2
