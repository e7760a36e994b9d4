"""What the readers share: how a piece of ``Done.data`` becomes a frozen value.

Names are Shopify's in snake case. Unknown fields are ignored. A field of the wrong shape raises
``AnswerShapeChanged`` with the field's path and without its value.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel


class AnswerShapeChanged(Exception):
    """Shopify's answer does not look as our document asked. Names paths, never values."""

    safe = True


class WireModel(BaseModel):
    """A piece of an answer."""

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        alias_generator=to_camel,
        populate_by_name=True,
        hide_input_in_errors=True,
        coerce_numbers_to_str=True,
    )

    @classmethod
    def read(cls, piece: object) -> Self:
        """Return the piece as this model; AnswerShapeChanged names the fields that do not fit."""
        try:
            return cls.model_validate(piece)
        except ValidationError as failure:
            paths = sorted({".".join(map(str, e["loc"])) for e in failure.errors()})
        raise AnswerShapeChanged(f"{cls.__name__}: unexpected shape of {', '.join(paths)}")

    @classmethod
    def read_or_none(cls, piece: object) -> Self | None:
        """Return None for null: not there."""
        return None if piece is None else cls.read(piece)

    @classmethod
    def read_by_ids(cls, data: Mapping[str, Any], ids: Sequence[str]) -> dict[str, Self | None]:
        """Return the ``nodes`` of an answer by the ids that were asked for, None where null."""
        nodes = at(data, "nodes")
        if not isinstance(nodes, list) or len(nodes) != len(ids):
            raise AnswerShapeChanged("nodes: expected one entry per id")
        return {gid: cls.read_or_none(node) for gid, node in zip(ids, nodes, strict=True)}


class PageInfo(WireModel):
    """Where a connection goes on."""

    has_next_page: bool
    end_cursor: str | None = None

    @property
    def next_cursor(self) -> str | None:
        """Return the cursor of the next page, None on the last."""
        return self.end_cursor if self.has_next_page else None


def at(data: Mapping[str, Any], *path: str) -> object:
    """Return what lies at ``path``; AnswerShapeChanged names the part that is missing."""
    here: object = data
    for part in path:
        if not isinstance(here, Mapping) or part not in here:
            raise AnswerShapeChanged(f"answer has no {'.'.join(path)}")
        here = here[part]
    return here
