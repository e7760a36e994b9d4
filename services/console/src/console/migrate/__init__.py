"""Every owner's tables and every declared topic, brought up to date."""
