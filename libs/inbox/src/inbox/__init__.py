"""Webhooks that came in: durable before they are answered, each carried out once.

- ``interface``  what an inbox promises, and which table and columns one service's has
- ``postgres``   the inbox in that table
- ``memory``     the same promises in a dict
- ``worker``     carries out what came in, key by key, again until it is done
"""

from inbox.interface import Inbox, Layout, Received
from inbox.memory import MemoryInbox
from inbox.postgres import PostgresInbox
from inbox.worker import InboxSettings, InboxWorker, PutBack

__all__ = [
    "Inbox",
    "InboxSettings",
    "InboxWorker",
    "Layout",
    "MemoryInbox",
    "PostgresInbox",
    "PutBack",
    "Received",
]
