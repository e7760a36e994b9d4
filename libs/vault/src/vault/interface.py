"""What a vault promises; PostgreSQL and memory keep it alike."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from vault.values import JSON, CredentialKind, Entry, Erased, Kind, Reference, Secret, Wanted


class LockedGrant(Protocol):
    """One seller's or store's tokens while nobody else may refresh or replace them."""

    async def read(self) -> Mapping[str, JSON] | None:
        """The tokens as they are now: another refresher may just have renewed them."""

    async def write(self, value: Mapping[str, JSON]) -> None:
        """Store all fields of a refresh together; durable when this returns."""


class Vault(Protocol):
    """Recipients, buyers' messages and credentials: encrypted, versioned, erasable.

    All methods may raise ``VaultProblem`` when a master key is missing or wrong.
    """

    async def put(
        self, shop_id: str, order_id: str, kind: Kind, value: Mapping[str, JSON], *, masked: bool
    ) -> Reference | Erased:
        """Store and say which version stands; the same content twice is one version.

        A masked value never replaces a clear one: then the clear one's reference comes back with
        ``kept_clear``. An erased order or shop refuses with ``Erased``. ``value`` must be JSON.
        """
        (answer,) = await self.put_many([Entry(shop_id, order_id, kind, value, masked)])
        return answer

    async def put_many(self, entries: Sequence[Entry]) -> tuple[Reference | Erased, ...]:
        """``put`` for a page, all or nothing, in a constant number of statements; same order."""

    async def get(
        self, shop_id: str, order_id: str, kind: Kind, version: int | None = None
    ) -> Secret | Erased | None:
        """One version (None: the newest), what erased it, or None if it was never stored."""
        (found,) = await self.get_many([Wanted(shop_id, order_id, kind, version)])
        return found

    async def get_many(self, wanted: Sequence[Wanted]) -> tuple[Secret | Erased | None, ...]:
        """``get`` for many in one statement; answers in the same order."""

    async def erase_order(self, shop_id: str, order_id: str, reason: str) -> Erased:
        """Delete the order's key and data for good; later puts are refused. The first stands."""

    async def erase_shop(self, shop_id: str, reason: str) -> Erased:
        """``erase_order`` for all of a shop's orders, and for all that would still come."""

    async def readmit_shop(self, shop_id: str) -> bool:
        """Take its new orders' data again: it was connected anew. Each erased order stays erased.

        Whether the shop was erased.
        """

    async def put_credential(
        self, kind: CredentialKind, credential_id: str, value: Mapping[str, JSON]
    ) -> None:
        """Store all fields together, replacing what was there."""

    async def get_credential(
        self, kind: CredentialKind, credential_id: str
    ) -> Mapping[str, JSON] | None:
        """The fields as last stored, or None."""

    async def delete_credential(self, kind: CredentialKind, credential_id: str) -> bool:
        """Delete fields and key; whether there was one."""

    def grant_lock(
        self, credential_id: str, kind: CredentialKind = "tiktok_grant"
    ) -> AbstractAsyncContextManager[LockedGrant]:
        """Hold its lock while tokens are refreshed or replaced: one at a time in all processes.

        Read and written under the lock on one connection, so that holders never wait for another.
        """
