"""Ingest: files of any common shape become cleaned articles, row by row, each refusal with its reason."""

from __future__ import annotations

VERSION = "ingest-1"
