"""Releases: made, written, verified, rebuilt, imported and compared."""
