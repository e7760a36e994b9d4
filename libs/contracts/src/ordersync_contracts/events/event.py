"""What every event is: a frozen value with a name and a version."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """A part of an event: frozen, compared by content; fields it does not know are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


@dataclass(frozen=True, slots=True)
class Example:
    """What the examples say in this field: ``Annotated[int, Example(40)]``."""

    value: Any


class Event(Value):
    """A fact. Its name is its class's name; ``VERSION`` is the shape's newest version.

    ``FIRST_STANDS`` says what a second event with the same id but other content means: normally
    an error; where true, the first one stands and the second counts as repeated.
    """

    VERSION: ClassVar[int] = 1
    FIRST_STANDS: ClassVar[bool] = False

    @classmethod
    def type_name(cls) -> str:
        """The event's public name, without prefix and version."""
        return cls.__name__


class OrderEvent(Event):
    """An event in the stream of one TikTok Shop order; it has a topic of its own.

    ``PRODUCERS``: the services that append it. ``CONSUMERS``: the groups that its records wake.
    """

    PRODUCERS: ClassVar[tuple[str, ...]]
    CONSUMERS: ClassVar[tuple[str, ...]] = ()

    shop_id: str
    order_id: str


class ShopEvent(Event):
    """An event in a stream of one TikTok shop; ``TOPIC`` is the one that it shares with others."""

    TOPIC: ClassVar[str] = "shop"

    shop_id: str


class VaultReference(Value):
    """Points at personal data in the vault: never the data, always which version of it.

    ``digest`` is a keyed hash, so that a change is seen without the data; ``masked`` says that the
    platform had replaced parts with asterisks. ``hidden_correction``: the digest of a later content
    that came masked and cannot be this one with asterisks, so the buyer changed it.
    """

    kind: Literal["recipient", "message"]
    version: int
    digest: str
    masked: bool = False
    hidden_correction: str = ""
