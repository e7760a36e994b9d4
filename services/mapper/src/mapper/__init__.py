"""mapper: OrderFetched in; OrderEligible and ShopifyOrderDraft out."""
