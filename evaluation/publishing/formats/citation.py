"""How a release is cited, and by whom it was made."""

from __future__ import annotations

import re

from evaluation.publishing.content import Manifest
from evaluation.publishing.files import CHECKSUMS

_BRACES = re.compile(r"[{}\\\n\r]+")
UNNAMED = "the curators of this NaVAB installation"


def responsible(manifest: Manifest) -> tuple[str, str]:
    """Name and address of those who made the release: ``facts["publisher"]``, ``facts["publisher_url"]``."""
    return str(manifest.facts.get("publisher") or UNNAMED), str(manifest.facts.get("publisher_url") or "")


def release_address(manifest: Manifest) -> str:
    """Where the release is to be found: its page below ``facts["site"]``, or a name that is the same
    everywhere."""
    if site := str(manifest.facts.get("site") or "").rstrip("/"):
        return f"{site}/releases/{manifest.label}/"
    return f"urn:navab:release:{manifest.label}"


def bibtex(manifest: Manifest, digest: str = "") -> str:
    """A BibTeX entry without DOI; version and ``digest``, the SHA-256 of the checksum file, make it exact.
    Files of the release do not know the digest and name that file instead."""
    name, _ = responsible(manifest)
    key = re.sub(r"[^a-z0-9]+", "-", f"navab-{manifest.label}".lower()).strip("-")
    fields = {
        "author": f"{{{_plain(name)}}}",
        "title": f"NaVAB release {_plain(manifest.name)}",
        "version": _plain(manifest.version),
        "year": manifest.as_of[:4],
        "url": _plain(release_address(manifest)),
        "note": f"SHA-256 of {CHECKSUMS}: {digest}" if digest else f"Identified by its {CHECKSUMS}",
    }
    lines = [f"  {label} = {{{value}}}," for label, value in fields.items()]
    return "\n".join([f"@misc{{{key},", *lines, "}"])


def _plain(text: str) -> str:
    return " ".join(_BRACES.sub(" ", text).split())
