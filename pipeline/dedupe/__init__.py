"""Dedupe: exact copies by digest of the normalised text, near copies by MinHash bands and exact Jaccard."""

from __future__ import annotations

VERSION = "dedupe-1"
