"""fetcher: TikTok Shop in, OrderFetched out."""
