"""The record in Django's admin, in the order of the flow."""

from annotation.admin import (
    conflicts,
    decisions,
    nations,
    people,
    reviews,
    runs,
    sources,
    statements,
    topics,
    triples,
)

__all__ = [
    "conflicts",
    "decisions",
    "nations",
    "people",
    "reviews",
    "runs",
    "sources",
    "statements",
    "topics",
    "triples",
]
