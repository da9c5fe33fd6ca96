"""Files of a release folder as bytes, and the folder written in one step."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

CHECKSUMS = "checksums.sha256"


def json_lines(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """One compact JSON object a line, keys in the order given, UTF-8."""
    return "".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows).encode()


def json_document(value: Any) -> bytes:
    """An indented JSON document, UTF-8."""
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()


def checksum_file(files: Mapping[str, bytes]) -> bytes:
    """Lines ``digest  path`` sorted by path, as ``sha256sum --check`` reads them."""
    return "".join(f"{sha256(files[path]).hexdigest()}  {path}\n" for path in sorted(files)).encode()


def write_temporary(files: Mapping[str, bytes], parent: Path) -> Path:
    """Write read-only ``files`` into a new hidden folder of ``parent``; the caller renames or removes it."""
    parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=".release-", dir=parent))
    try:
        for path, content in files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            target.chmod(0o444)
        folder.chmod(0o755)  # mkdtemp gives 0700, yet a release is for all to read
    except OSError:
        remove_folder(folder)
        raise
    return folder


def publish_folder(temporary: Path, target: Path) -> None:
    """Give the finished folder its name. Raises :class:`FileExistsError` when the name is taken."""
    if target.exists():
        raise FileExistsError(f"{target} already exists; a release is never overwritten")
    os.rename(temporary, target)


def remove_folder(folder: Path) -> None:
    """Remove a folder that did not become a release."""
    shutil.rmtree(folder, ignore_errors=True)
