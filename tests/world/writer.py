"""A whole shopify-writer, made by its ``build``, in memory but for what is given."""

from functools import partial
from secrets import token_bytes
from typing import Any

from prometheus_client import CollectorRegistry
from tests.world.story import KEYS, SETTINGS

from connections.budgeted import BudgetedShopify
from eventstore.memory import MemoryEventStore
from inbox.memory import MemoryInbox
from jobs.budget_queue import BudgetQueue
from jobs.budget_stores import MemoryBudget
from jobs.memory import MemoryJobs
from runtime.clock import Clocks
from runtime.randomness import Chance, NewId, system_chance, system_id
from shopify.calls import Calls
from shopify_writer.adoption.kept_orders import MemoryKeptOrders
from shopify_writer.app import Connections, WriterService, build
from shopify_writer.readback.checkpoints import MemoryCheckpoints
from shopify_writer.reconciliation.turns import MemoryTurns
from shopify_writer.settings import WriterSettings
from shopify_writer.webhooks.inbox import LAYOUT
from vault.memory import MemoryVault


def a_writer(
    client: Calls,
    clocks: Clocks,
    new_id: NewId = system_id,
    chance: Chance = system_chance,
    **given: Any,
) -> WriterService:
    """The service on this client of Shopify; ``given``: other connections, and settings."""
    budget = given.setdefault("budget", MemoryBudget(clocks.monotonic))
    job_store = given.setdefault("job_store", MemoryJobs(clocks.wall))
    queue = BudgetQueue(budget, clocks.monotonic)
    connections = {
        "store": MemoryEventStore(clocks.wall),
        "vault": MemoryVault(KEYS, clocks.wall, token_bytes),
        "shopify": BudgetedShopify(client, queue, clocks.wall, clocks.monotonic),
        "job_store": job_store,
        "budget": budget,
        "open_owner": partial(MemoryJobs(clocks.wall).open_owner, clock=clocks.monotonic),
        "kept_orders": MemoryKeptOrders(),
        "checkpoints": MemoryCheckpoints(),
        "turns": MemoryTurns(),
        "inbox": MemoryInbox(LAYOUT),
    }
    connected = {name: given.pop(name, usual) for name, usual in connections.items()}
    settings = WriterSettings.model_validate({**SETTINGS, **given})
    return build(Connections(**connected), settings, clocks, new_id, chance, CollectorRegistry())
