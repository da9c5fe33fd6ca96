"""Engines of evaluation: local weights, recorded answers, random controls, and their probes. No Django."""
