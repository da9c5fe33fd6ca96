"""Verbs that write releases, runs and answers."""
