"""Alignment with the preference pairs of a release: train, and measure before and after; no Django."""
