"""What an order can wait for."""

from typing import Literal

WaitsFor = Literal["wish", "link", "writer", "shop"]
"""A person's Sync or automatic sync; what blocks it (a product link, mostly); the shopify-writer to
take the draft; the shop's window to move back."""
