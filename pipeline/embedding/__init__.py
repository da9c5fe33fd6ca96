"""Turns texts into words and vectors; topics, tagging and conflicts build on it."""
