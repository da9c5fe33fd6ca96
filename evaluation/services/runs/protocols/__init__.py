"""Protocols: how an outcome is read off a candidate, one file each."""
