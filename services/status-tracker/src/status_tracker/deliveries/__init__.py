"""Delivery statuses: what a snapshot newly says of parcels, and bringing it into Shopify."""
