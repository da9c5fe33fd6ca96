"""Figures of results, computed from stored answers for pages, files and the interface."""
