"""Read-only interface to runs."""
