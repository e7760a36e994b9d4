"""shopify-writer: ShopifyOrderDraft in, ShopifyOrderCreated out."""
