"""Folders of data: Hugging Face datasets as published or as saved to disk, loose data files, plain texts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from pipeline.ingest.rows import UnreadableInputError

_DATA = re.compile(r".+\.(jsonl|ndjson|json|csv|tsv)(\.gz)?|.+\.(parquet|arrow)", re.IGNORECASE)
# What datasets writes beside the data: descriptions, and results of earlier transformations.
_NOT_DATA = re.compile(
    r"(dataset_infos?|state|dataset_dict|package|config)\.json|(cache|tmp)-.*\.arrow|cache[^/]*\.arrow"
)
_FRONT_MATTER = re.compile(r"\A\ufeff?---\s*\n(.*?)\n---\s*(\n|\Z)", re.DOTALL)


def data_files(folder: Path) -> list[Path]:
    """Data files of a dataset folder, each once: those its card names, else those saved to disk, else all.

    Raises :class:`UnreadableInputError` when the card names files that are not there.
    """
    patterns = list(_card_patterns(folder))
    if patterns:
        named: dict[Path, None] = {}
        for pattern in patterns:
            named.update(dict.fromkeys(path for path in _matching(folder, pattern) if path.is_file()))
        if not named:
            raise UnreadableInputError(
                f"{folder / 'README.md'} names data files that are not in the folder: {', '.join(patterns)}"
            )
        return list(named)
    saved = [path for state in sorted(folder.rglob("state.json")) for path in _saved(state)]
    return saved or [path for path in _visible(folder) if _is_data(path)]


def text_files(folder: Path) -> list[Path]:
    """All ``*.txt`` files below a folder, by path, hidden ones left out."""
    return [path for path in _visible(folder) if path.suffix.lower() == ".txt"]


def _visible(folder: Path) -> list[Path]:
    found = (path for path in folder.rglob("*") if path.is_file())
    kept = (p for p in found if not any(part.startswith(".") for part in p.relative_to(folder).parts))
    return sorted(kept, key=lambda path: path.relative_to(folder).as_posix())


def _is_data(path: Path) -> bool:
    return bool(_DATA.fullmatch(path.name)) and not _NOT_DATA.fullmatch(path.name)


def _saved(state: Path) -> list[Path]:
    """Arrow files of one split written by ``save_to_disk``, in the order it gives them."""
    try:
        listed = json.loads(state.read_text("utf-8"))["_data_files"]
        paths = [state.parent / PurePosixPath(item["filename"]).name for item in listed]
    except (ValueError, KeyError, TypeError):
        return []
    return [path for path in paths if path.is_file()]


def _matching(folder: Path, pattern: str) -> list[Path]:
    """Files a card's pattern names. The card is not trusted: nothing outside the folder is reached."""
    relative = PurePosixPath(pattern)
    if relative.is_absolute() or ".." in relative.parts or "://" in pattern:
        raise UnreadableInputError(f"{folder / 'README.md'} names {pattern!r}, which is outside the folder")
    exact = folder / relative
    if exact.is_dir():
        return [path for path in _visible(exact) if _is_data(path)]
    return [exact] if exact.exists() else sorted(folder.glob(str(relative)))


def _card_patterns(folder: Path) -> Iterator[str]:
    """Patterns under ``configs: [{data_files, data_dir}]`` in the front matter of README.md."""
    import yaml

    card = folder / "README.md"
    if not card.is_file():
        return
    match = _FRONT_MATTER.match(card.read_text("utf-8", errors="replace").replace("\r\n", "\n"))
    if match is None:
        return
    try:
        front = yaml.safe_load(match[1])
    except yaml.YAMLError as error:
        raise UnreadableInputError(f"{card}: the front matter is not YAML: {error}") from None
    configs = front.get("configs") if isinstance(front, dict) else None
    for config in configs if isinstance(configs, list) else []:
        if not isinstance(config, dict):
            continue
        within = str(config.get("data_dir") or "").strip("/")
        patterns = list(_patterns(config.get("data_files")))
        for pattern in patterns or ([""] if within else []):
            yield str(PurePosixPath(within, pattern))


def _patterns(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _patterns(item)
    elif isinstance(value, dict):
        # Either one {split, path} or a mapping of splits to paths.
        for item in [value["path"]] if "path" in value else value.values():
            yield from _patterns(item)
