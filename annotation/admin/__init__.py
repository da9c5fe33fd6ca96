"""The record in Django's admin, in the order of the flow."""

from annotation.admin import (
    annotators,
    conflicts,
    decisions,
    nations,
    people,
    reviews,
    runs,
    sources,
    statements,
    studio,
    topics,
    triples,
)

__all__ = [
    "annotators",
    "conflicts",
    "decisions",
    "nations",
    "people",
    "reviews",
    "runs",
    "sources",
    "statements",
    "studio",
    "topics",
    "triples",
]
