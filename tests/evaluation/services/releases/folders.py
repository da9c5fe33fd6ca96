"""Folders of releases as the tests read them."""

from __future__ import annotations

import json
from pathlib import Path


def read_folder(folder: str | Path) -> dict[str, bytes]:
    root = Path(folder)
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def rows_of(content: bytes) -> list[dict]:
    return [json.loads(line) for line in content.decode().splitlines()]
