"""How a setting of a shop is declared: once, beside its type and default.

The event, the command line, the page and docs/settings.md are all made from the declaration.
"""

from dataclasses import dataclass
from typing import get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo


@dataclass(frozen=True, slots=True)
class Setting:
    """What people read of a setting: ``Annotated[<its type>, Setting(...)]``.

    ``order`` is its place among the others; ``meanings`` are those of its values, one by one;
    ``acts`` names the package that acts on it.
    """

    order: int
    title: str
    acts: str
    help: str = ""
    meanings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Declared:
    """A setting with its name, its default and its values as people give them.

    ``values``: each with its meaning, which is empty where the title says all.
    """

    name: str
    setting: Setting
    default: str
    values: dict[str, str]
    is_switch: bool

    def read(self, given: str) -> bool | str:
        """The value in the event; of a switch, whatever is not "on" is off."""
        return given == "on" if self.is_switch else given


def declared(model: type[BaseModel]) -> tuple[Declared, ...]:
    """The model's settings in their order; ValueError for a field without a declaration."""
    found = (_declared(name, field) for name, field in model.model_fields.items())
    return tuple(sorted(found, key=lambda entry: entry.setting.order))


def _declared(name: str, field: FieldInfo) -> Declared:
    setting = next((part for part in field.metadata if isinstance(part, Setting)), None)
    if setting is None:
        raise ValueError(f"{name}: declare it with Annotated[..., Setting(...)]")
    if field.annotation is bool:
        return Declared(
            name, setting, "on" if field.default else "off", {"on": "", "off": ""}, is_switch=True
        )
    meanings = dict(zip(get_args(field.annotation), setting.meanings, strict=True))
    return Declared(name, setting, field.default, meanings, is_switch=False)
