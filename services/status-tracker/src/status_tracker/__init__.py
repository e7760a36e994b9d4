"""status-tracker: OrderFetched in, DeliveryStatusChanged out and into Shopify."""
