"""Conflict groups laid out to be understood, queued and listed. Writes nothing."""
