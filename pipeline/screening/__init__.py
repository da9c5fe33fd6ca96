"""Screening: whether topics and statements touch values."""
