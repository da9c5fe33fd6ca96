"""Readers: one module a file format, each a bounded stream of rows."""
