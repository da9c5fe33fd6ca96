"""``CHANGELOG.md``: what changed from the release before."""

from __future__ import annotations

from evaluation.publishing.content import Content, Files, Manifest
from evaluation.publishing.files import whole
from evaluation.publishing.formats.markdown import plain


def files(content: Content) -> Files:
    """The changelog."""
    yield "CHANGELOG.md", whole(_changelog(content.manifest).encode())


def change_lines(manifest: Manifest) -> list[str]:
    """Changes against the release before as sentences in Markdown; never empty."""
    if not manifest.previous:
        return ["First version: there is no release before to compare with."]
    return [plain(line) for line in manifest.changes] or ["No item differs from the release before."]


def _changelog(manifest: Manifest) -> str:
    since = f"Against {plain(manifest.previous)}:\n\n" if manifest.previous else ""
    lines = "\n".join(f"- {line}" for line in change_lines(manifest))
    return (
        f"# Changes of release {plain(manifest.name)}\n\n"
        f"## {plain(manifest.version)}, {plain(manifest.as_of[:10])}\n\n{since}{lines}\n\n"
        f"Canary, never to be in training data: {manifest.canary}\n"
    )
