"""Verbs that write: one service a file."""
