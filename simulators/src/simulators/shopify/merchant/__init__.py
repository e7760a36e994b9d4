"""What others do in a store: a person in the admin, and carriers."""
