"""What a put changes, given what an order already has. Decides and stores nothing.

The rules: an erased order takes nothing; a masked value never follows a clear one; equal content
makes no new version; anything else is the next version.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from vault.keys import KEY_BYTES, MasterKeys, RandomBytes
from vault.sealing import DataKey, label
from vault.values import Entry, Erased, Kind, Reference

OrderKey = tuple[str, str]
"""Shop id and order id."""


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A stored data key: which master key opens it, and its wrapped bytes."""

    key_id: str
    wrapped: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class OrderState:
    """What the vault holds of one order: its key, the newest of each kind, or its tombstone."""

    key: WrappedKey | None = None
    newest: Mapping[Kind, Reference] = field(default_factory=dict)
    erased: Erased | None = None


@dataclass(frozen=True, slots=True)
class SealedVersion:
    """A version to store."""

    shop_id: str
    order_id: str
    reference: Reference
    sealed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Puts:
    """The answer to each entry, in order, and the rows that have to be added."""

    answers: tuple[Reference | Erased, ...]
    keys: Mapping[OrderKey, WrappedKey]
    versions: tuple[SealedVersion, ...]


def settle(newest: Reference | None, offered: Reference) -> Reference:
    """Which reference stands: ``newest``, or ``offered`` as the next version."""
    if newest is None:
        return offered
    if offered.masked and not newest.masked:
        return replace(newest, kept_clear=True, offered_digest=offered.digest)
    if newest.digest == offered.digest and newest.masked == offered.masked:
        return newest
    return replace(offered, version=newest.version + 1)


class Ledger:
    """Works through one batch of entries; later ones see what earlier ones added."""

    def __init__(self, keys: MasterKeys, random_bytes: RandomBytes) -> None:
        self._keys = keys
        self._random_bytes = random_bytes

    def put(self, entries: Sequence[Entry], states: Mapping[OrderKey, OrderState]) -> Puts:
        """Decide every entry against ``states`` (one for each order that occurs)."""
        known = dict(states)
        keys: dict[OrderKey, WrappedKey] = {}
        versions: list[SealedVersion] = []
        answers: list[Reference | Erased] = []
        for entry in entries:
            order = (entry.shop_id, entry.order_id)
            state = known[order]
            if state.erased is not None:
                answers.append(state.erased)
                continue
            key = state.key
            if key is None:
                key = keys[order] = self._new_key(order)
            answer, added = self._one(entry, key, state.newest.get(entry.kind))
            answers.append(answer)
            versions.extend(added)
            newest = {**state.newest, **{new.reference.kind: new.reference for new in added}}
            known[order] = OrderState(key, newest)
        return Puts(tuple(answers), keys, tuple(versions))

    def data_key(self, order: OrderKey, wrapped: WrappedKey) -> DataKey:
        """The order's data key, unwrapped."""
        return DataKey(self._keys.unwrap(wrapped.key_id, wrapped.wrapped, label(*order)))

    def _new_key(self, order: OrderKey) -> WrappedKey:
        data_key = self._random_bytes(KEY_BYTES)
        wrapped = self._keys.wrap(data_key, label(*order), self._random_bytes)
        return WrappedKey(self._keys.current, wrapped)

    def _one(
        self, entry: Entry, key: WrappedKey, newest: Reference | None
    ) -> tuple[Reference, tuple[SealedVersion, ...]]:
        data_key = self.data_key((entry.shop_id, entry.order_id), key)
        digest = data_key.digest(entry.value, label(entry.kind))
        answer = settle(newest, Reference(entry.kind, 1, digest, entry.masked))
        if newest is not None and answer.version == newest.version:
            return answer, ()
        owner = label(entry.shop_id, entry.order_id, entry.kind, answer.version)
        sealed = data_key.seal(entry.value, owner, self._random_bytes)
        return answer, (SealedVersion(entry.shop_id, entry.order_id, answer, sealed),)
