"""Golden schemas, examples and pages are what the events say, and nothing else lies beside them."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # has no stubs
from pydantic import BaseModel

from ordersync_contracts import events
from ordersync_contracts.codec import decode, encode
from ordersync_contracts.envelope import SCHEMA_PREFIX
from ordersync_contracts.events import Event
from ordersync_contracts.events.event import Value
from ordersync_contracts.generate import __main__ as generate
from ordersync_contracts.generate import examples, tree

ROOT = Path(__file__).parents[3]
EXAMPLES = sorted((ROOT / tree.EXAMPLES).glob("*/*/*.json"))
SCHEMAS = sorted((ROOT / tree.SCHEMAS).glob("*.json"))


def published() -> Iterator[tuple[str, int]]:
    """Every version of every event there ever was."""
    for event in events.ALL:
        for version in range(1, event.VERSION + 1):
            yield event.type_name(), version


def named(path: Path) -> str:
    return "/".join(path.parts[-3:])


GENERATED = tree.files()


def test_generating_again_changes_nothing() -> None:
    differ = [
        str(path)
        for path, text in GENERATED.items()
        if not (ROOT / path).exists() or (ROOT / path).read_text(encoding="utf-8") != text
    ]
    assert differ == [], "run `make generate`"


def test_generating_is_the_same_every_time() -> None:
    assert list(tree.files().items()) == list(GENERATED.items())


def test_every_version_of_every_event_has_its_golden_schema() -> None:
    assert {path.name for path in SCHEMAS} == {f"{name}.v{n}.json" for name, n in published()}


def test_every_version_of_every_event_has_two_examples_and_there_are_no_others() -> None:
    cases: dict[tuple[str, str], int] = {}
    for path in EXAMPLES:
        key = (path.parts[-3], path.parts[-2])
        cases[key] = cases.get(key, 0) + 1
    assert cases.keys() == {(name, f"v{n}") for name, n in published()}
    assert min(cases.values()) >= 2


@pytest.mark.parametrize("path", EXAMPLES, ids=named)
def test_an_example_decodes_to_the_newest_event_and_encodes_to_the_same_bytes(path: Path) -> None:
    name, version = path.parts[-3], int(path.parts[-2].removeprefix("v"))
    data = compact(path)
    event = decode(name, version, data)
    assert type(event) is events.BY_NAME[name]
    if version == event.VERSION:
        assert encode(event) == data
    assert decode(name, event.VERSION, encode(event)) == event


def test_every_schema_is_valid_and_bears_the_name_that_the_envelope_says() -> None:
    for path in SCHEMAS:
        schema = json.loads(path.read_text())
        Draft202012Validator.check_schema(schema)
        assert schema["$id"] == f"{SCHEMA_PREFIX}{path.stem}"


def test_every_example_keeps_its_golden_schema() -> None:
    for path in EXAMPLES:
        schema = ROOT / tree.SCHEMAS / f"{path.parts[-3]}.{path.parts[-2]}.json"
        Draft202012Validator(json.loads(schema.read_text())).validate(json.loads(path.read_text()))


def test_a_golden_schema_refuses_a_field_of_another_type() -> None:
    schema = json.loads((ROOT / tree.SCHEMAS / "OrderEligible.v1.json").read_text())
    wrong = {"shop_id": "1", "order_id": "2", "snapshot_version": "three"}
    assert not Draft202012Validator(schema).is_valid(wrong)


@pytest.mark.parametrize("event", events.ALL, ids=lambda event: event.type_name())
def test_the_full_example_shows_every_field_and_the_minimal_one_only_the_required(
    event: type[Event],
) -> None:
    full, minimal = (
        json.loads(encode(examples.example_of(event, case))) for case in ("full", "minimal")
    )
    assert full.keys() == event.model_fields.keys()
    required = {name for name, field in event.model_fields.items() if field.is_required()}
    assert minimal.keys() == required


def test_a_field_without_an_example_value_is_named() -> None:
    class Parcel(Event):
        weight: int

    with pytest.raises(examples.NoExampleValue, match=r"Parcel\.weight"):
        examples.example_of(Parcel, "full")


def test_generate_writes_only_what_differs_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / tree.CONTRACTS).mkdir(parents=True)
    assert generate.main([str(tmp_path)]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(tree.files())
    (tmp_path / tree.DOCS / "events.md").write_text("changed")
    assert generate.main([str(tmp_path)]) == 0
    assert capsys.readouterr().out == "docs/events.md\n"


def test_generate_refuses_a_folder_that_is_not_the_repository(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert generate.main([str(tmp_path)]) == 2
    assert "libs/contracts" in capsys.readouterr().err


def models(base: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for model in base.__subclasses__():
        yield from models(model)
        if model.__module__.startswith("ordersync_contracts.events"):
            yield model


def test_every_part_of_an_event_is_frozen_and_says_what_it_is() -> None:
    for model in models(Value):
        assert model.model_config["frozen"]
        assert model.__doc__
        for name, field in model.model_fields.items():
            place = f"{model.__name__}.{name}"
            assert "list" not in str(field.annotation), f"{place}: collections are tuples"
            assert "float" not in str(field.annotation), f"{place}: numbers are Decimal or int"


def compact(path: Path) -> bytes:
    data = json.loads(path.read_text(encoding="utf-8"))
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
