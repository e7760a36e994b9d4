"""Reading a shop's orders from TikTok."""
