"""The recipient as the vault keeps it: TikTok's words, sorted into named parts."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Self

from mapping.masks import is_masked


@dataclass(frozen=True, slots=True, repr=False)
class Recipient:
    """Who gets the parcel (Partner Center: ``recipient_address``) and TikTok's relay e-mail.

    Personal data: lives in the vault and in memory, never in an event, a log or an error.
    """

    name: str = ""
    first_name: str = ""
    last_name: str = ""
    phone: str = ""
    email: str = ""
    line1: str = ""
    line2: str = ""
    detail: str = ""
    full_address: str = ""
    city: str = ""
    county: str = ""
    state: str = ""
    state_code: str = ""
    postal_code: str = ""
    region: str = ""

    @property
    def is_masked(self) -> bool:
        """Whether TikTok replaced parts of name, phone or address with asterisks or dots."""
        return any(is_masked(value) for key, value in self.to_record().items() if key != "email")

    def to_record(self) -> dict[str, str]:
        """What goes into the vault: the parts that are not empty."""
        return {key: value for key, value in asdict(self).items() if value}

    @classmethod
    def from_record(cls, record: Mapping[str, object]) -> Self:
        """The recipient from what the vault gave back; parts it does not know are left out."""
        known = {field.name for field in fields(cls)}
        return cls(**{key: str(value) for key, value in record.items() if key in known})


@dataclass(frozen=True, slots=True, repr=False)
class Buyer:
    """What the vault holds for one order: personal data, only ever in memory.

    None: nothing was asked for, or it was erased.
    """

    recipient: Recipient | None = None
    message: str | None = None
