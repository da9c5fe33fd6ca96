"""Repeatable measurements; each prints JSON."""
