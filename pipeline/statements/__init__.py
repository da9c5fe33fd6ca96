"""Statements: the value positions of a document, each with its evidence span."""
