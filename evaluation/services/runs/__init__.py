"""Runs: a candidate asked by one protocol, its answers kept and summed up."""
