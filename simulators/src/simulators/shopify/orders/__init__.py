"""What the order mutations do: creating, changing, paying, refunding, cancelling, deleting."""
