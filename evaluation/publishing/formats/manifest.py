"""``release.json``: what a release is, how it was made and what is in it."""

from __future__ import annotations

from evaluation.publishing.content import Content, Files
from evaluation.publishing.files import json_document, whole

PATH = "release.json"


def files(content: Content) -> Files:
    """The manifest, canary included, as ``Manifest.from_dict`` reads it back."""
    yield PATH, whole(json_document(content.manifest.as_dict()))
