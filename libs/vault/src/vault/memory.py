"""A vault in memory, for tests and demonstrations: the same rules and the same encryption."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from runtime.clock import Clock
from vault.credentials import SealedCredential, open_credential, seal_credential
from vault.grant_locks import GrantLocks
from vault.interface import LockedGrant, Vault
from vault.keys import MasterKeys, RandomBytes
from vault.ledger import Ledger, OrderKey, OrderState, SealedVersion
from vault.sealing import label
from vault.values import JSON, CredentialKind, Entry, Erased, Kind, Reference, Secret, Wanted


class MemoryVault(Vault):
    """Keeps what ``Vault`` promises, as long as the process lives.

    ``holder``: whose a lock on a grant is, so that ``end_holder`` can free it.
    """

    def __init__(
        self,
        keys: MasterKeys,
        clock: Clock,
        random_bytes: RandomBytes,
        holder: Callable[[], object] = asyncio.current_task,
    ) -> None:
        self._keys = keys
        self._clock = clock
        self._random_bytes = random_bytes
        self._ledger = Ledger(keys, random_bytes)
        self._orders: dict[OrderKey, OrderState] = {}
        self._versions: dict[tuple[str, str, Kind, int], SealedVersion] = {}
        self._erased_shops: dict[str, Erased] = {}
        self._credentials: dict[tuple[CredentialKind, str], SealedCredential] = {}
        self._grant_locks = GrantLocks(holder)

    def __repr__(self) -> str:
        return f"MemoryVault({len(self._orders)} orders, {len(self._credentials)} credentials)"

    async def put_many(self, entries: Sequence[Entry]) -> tuple[Reference | Erased, ...]:
        """See ``Vault.put_many``."""
        orders = {(entry.shop_id, entry.order_id) for entry in entries}
        puts = self._ledger.put(entries, {order: self._state(order) for order in orders})
        for order, key in puts.keys.items():
            self._orders[order] = OrderState(key)
        for added in puts.versions:
            order, kind = (added.shop_id, added.order_id), added.reference.kind
            self._versions[(*order, kind, added.reference.version)] = added
            newest = {**self._orders[order].newest, kind: added.reference}
            self._orders[order] = replace(self._orders[order], newest=newest)
        return puts.answers

    async def get_many(self, wanted: Sequence[Wanted]) -> tuple[Secret | Erased | None, ...]:
        """See ``Vault.get_many``."""
        return tuple(self._found(secret) for secret in wanted)

    async def erase_order(self, shop_id: str, order_id: str, reason: str) -> Erased:
        """See ``Vault.erase_order``."""
        order = (shop_id, order_id)
        erased = self._orders.get(order, OrderState()).erased
        if erased is None:
            erased = Erased(shop_id, order_id, reason, self._clock())
        self._orders[order] = OrderState(erased=erased)
        for key in [key for key in self._versions if key[:2] == order]:
            del self._versions[key]
        return erased

    async def erase_shop(self, shop_id: str, reason: str) -> Erased:
        """See ``Vault.erase_shop``."""
        for order in [order for order in self._orders if order[0] == shop_id]:
            await self.erase_order(*order, reason)
        new = Erased(shop_id, "", reason, self._clock())
        return self._erased_shops.setdefault(shop_id, new)

    async def readmit_shop(self, shop_id: str) -> bool:
        """See ``Vault.readmit_shop``."""
        return self._erased_shops.pop(shop_id, None) is not None

    async def put_credential(
        self, kind: CredentialKind, credential_id: str, value: Mapping[str, JSON]
    ) -> None:
        """See ``Vault.put_credential``."""
        sealed = seal_credential(self._keys, self._random_bytes, kind, credential_id, value)
        self._credentials[kind, credential_id] = sealed

    async def get_credential(
        self, kind: CredentialKind, credential_id: str
    ) -> Mapping[str, JSON] | None:
        """See ``Vault.get_credential``."""
        stored = self._credentials.get((kind, credential_id))
        if stored is None:
            return None
        return open_credential(self._keys, kind, credential_id, stored)

    async def delete_credential(self, kind: CredentialKind, credential_id: str) -> bool:
        """See ``Vault.delete_credential``."""
        return self._credentials.pop((kind, credential_id), None) is not None

    @asynccontextmanager
    async def grant_lock(
        self, credential_id: str, kind: CredentialKind = "tiktok_grant"
    ) -> AsyncIterator[LockedGrant]:
        """See ``Vault.grant_lock``."""
        async with self._grant_locks.locked(f"{kind}/{credential_id}"):
            yield _MemoryGrant(self, kind, credential_id)

    def end_holder(self, holder: object) -> None:
        """A process is gone: its locks on grants are free, as when a database's session ends."""
        self._grant_locks.end(holder)

    def _state(self, order: OrderKey) -> OrderState:
        state = self._orders.get(order, OrderState())
        return replace(state, erased=state.erased or self._erased_shops.get(order[0]))

    def _found(self, wanted: Wanted) -> Secret | Erased | None:
        order = (wanted.shop_id, wanted.order_id)
        state = self._state(order)
        newest = state.newest.get(wanted.kind)
        if state.key is None or newest is None:
            return state.erased
        stored = self._versions.get((*order, wanted.kind, wanted.version or newest.version))
        if stored is None:
            return None
        owner = label(*order, wanted.kind, stored.reference.version)
        data_key = self._ledger.data_key(order, state.key)
        return Secret(stored.reference, data_key.open(stored.sealed, owner))


class _MemoryGrant:
    def __init__(self, vault: MemoryVault, kind: CredentialKind, credential_id: str) -> None:
        self._vault = vault
        self._place = (kind, credential_id)

    async def read(self) -> Mapping[str, JSON] | None:
        return await self._vault.get_credential(*self._place)

    async def write(self, value: Mapping[str, JSON]) -> None:
        await self._vault.put_credential(*self._place, value)
