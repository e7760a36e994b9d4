"""Making orders durable, and letting go of their buyers."""
