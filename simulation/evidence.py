"""What a judge is shown at the end of a history: what stands outside, and what people asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from simulation.plan import Json


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that was done, by whom (seller, buyer, merchant, person), at unix seconds."""

    at: float
    who: str
    kind: str
    given: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Version:
    """A TikTok order as TikTok stored it from ``at`` (unix seconds) on, nothing hidden."""

    at: float
    shop_id: str
    raw: Json


@dataclass(frozen=True, slots=True)
class Sighting:
    """A Shopify order as it stood in its store from ``at`` (unix seconds) on; None: it is gone."""

    at: float
    store: str
    gid: str
    shown: Json | None


@dataclass(frozen=True, slots=True)
class Text:
    """Something that was kept or said outside of the vault: an event, a record, a log line, …"""

    where: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All of it; times in unix seconds.

    ``calm_from``: when the last act and fault were over. ``tiktok``: by shop, its raw orders at the
    end. ``shopify``: by store, its orders at the end as ``GET /_sim/orders`` shows them.
    ``versions`` and ``sightings``: how they came to be so, oldest first. ``shown``: by shop and
    order, the row that the Orders page shows (its status, reason and store; None: no row).
    ``left``: by what it is (``jobs.waiting``, ``inbox.tiktok``, ``mapper.waiting`` …), how much of
    it is there at the end. ``last_event_at``: when the last event was appended.
    """

    began_at: float
    calm_from: float
    ended_at: float
    last_event_at: float
    deeds: Sequence[Deed]
    tiktok: Mapping[str, Sequence[Json]]
    shopify: Mapping[str, Sequence[Json]]
    versions: Sequence[Version] = ()
    sightings: Sequence[Sighting] = ()
    shown: Mapping[tuple[str, str], Mapping[str, Json] | None] = field(default_factory=dict)
    texts: Sequence[Text] = ()
    left: Mapping[str, int] = field(default_factory=dict)
    surprises: Sequence[str] = ()
    """Errors that nobody expects: a service that ended by itself, a job or record that failed."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A promise that was broken: which, about what (order, store, …), and how one sees it."""

    promise: str
    about: str
    how: str
