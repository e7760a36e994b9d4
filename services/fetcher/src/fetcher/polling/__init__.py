"""Following shops: who polls which, when, and how far each is read."""
