"""Fulfillment orders, fulfillments and their delivery events."""
