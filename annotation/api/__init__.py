"""Read-only interface to the record."""
