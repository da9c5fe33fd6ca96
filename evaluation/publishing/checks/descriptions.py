"""What a release says of itself: card, Croissant, gates, version and holdout agree with what is there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from evaluation.publishing.checks.findings import Findings
from evaluation.publishing.checks.rows import Rows
from evaluation.publishing.content import Manifest
from evaluation.publishing.files import open_inside
from evaluation.publishing.folder import MANIFEST
from evaluation.publishing.gates import ALL_QUALIFIED, MIN_ALPHA, MIN_ITEMS, SHARES, check_gates
from evaluation.publishing.versions import Version

_LARGEST = 1 << 26  # bytes of a card or description
_DIGEST = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,59}")
_CARDS = {"README.md": ("data/", "jsonl"), "parquet/README.md": ("", "parquet")}
_CROISSANT = "croissant.json"


def check_manifest(manifest: Manifest, rows: Rows, findings: Findings) -> None:
    """Name, version, commitment and the report of gates, against the rows."""
    for check, found in (("gates", _gates(manifest, rows)), ("manifest", _manifest(manifest))):
        with findings.guard(check, MANIFEST):
            for message in found:
                findings.add(check, MANIFEST, message)


def check_description(
    folder: Path, path: str, rows: Rows, files: Mapping[str, str], findings: Findings
) -> None:
    """A card or Croissant that another version wrote leads to the files that are there. ``files`` are the
    SHA-256 by path."""
    if path == _CROISSANT:
        for message in _croissant(folder, rows, files):
            findings.add("croissant", path, message)
    elif path in _CARDS:
        base, suffix = _CARDS[path]
        for message in _card(folder, path, f"{base}{{}}.{suffix}", rows, files):
            findings.add("card", path, message)


def _bytes(folder: Path, name: str) -> bytes:
    with open_inside(folder, name) as file:
        found = file.read(_LARGEST + 1)
    if len(found) > _LARGEST:
        raise ValueError(f"has more than {_LARGEST} bytes, too many for a description")
    return found


def _card(folder: Path, name: str, pattern: str, rows: Rows, files: Iterable[str]) -> Iterator[str]:
    """Configurations of the card: each path leads to a file, each slice is a split of its nation's."""
    import yaml

    text = _bytes(folder, name).decode()
    opening, _, rest = text.partition("---\n")
    header, end, _ = rest.partition("\n---\n")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast, where it was built
    value = yaml.load(header, Loader=loader) if not opening and end else None  # noqa: S506 - safe, both
    if not isinstance(value, dict) or not isinstance(value.get("configs"), list):
        yield "has no front matter with configs"
        return
    parent = name.rpartition("/")[0]
    there = [path.removeprefix(f"{parent}/") for path in files if not parent or path.startswith(f"{parent}/")]
    splits: dict[tuple[str, str], str] = {}
    for config in value["configs"]:
        for found in config["data_files"]:
            path, split = str(found["path"]), str(found["split"])
            splits[str(config["config_name"]), split] = path
            if not any(fnmatchcase(known, path) for known in there):
                yield f"config {config['config_name']}, split {split}: no file is {path}"
    for where in rows.slices:
        expected = pattern.format(where.path)
        if splits.pop((where.nation.lower(), where.source_type), None) != expected:
            yield f"config {where.nation.lower()} has no split {where.source_type} that is {expected}"
    for config, split in splits:
        if config not in ("all", "preferences"):
            yield f"config {config} has split {split}, and the release has no such slice"


def _croissant(folder: Path, rows: Rows, files: Mapping[str, str]) -> Iterator[str]:
    value = json.loads(_bytes(folder, _CROISSANT))
    named = set()
    for found in value["distribution"]:
        path, digest = str(found.get("contentUrl")), found.get("sha256")
        named.add(path)
        if path not in files:
            yield f"names {path[:80]!r}, which is not in the folder"
        elif files[path] != digest:
            yield f"gives {path} the SHA-256 {str(digest)[:64]}; it is {files[path]}"
    for where in rows.slices:
        if f"data/{where.path}.jsonl" not in named:
            yield f"does not name data/{where.path}.jsonl"


def _gates(manifest: Manifest, rows: Rows) -> Iterator[str]:
    """The report against the rows it is about; items that are held back are none of them."""
    asked = manifest.recipe.gates
    measured = {
        (result.name, result.slice): result
        for result in check_gates(rows.evaluation(), asked, alpha={}, unqualified_ids=())
        if result.name in SHARES or result.name == MIN_ITEMS
    }
    reported = {(gate.get("name"), gate.get("slice")): gate for gate in manifest.gates}
    limits = {**asdict(asked), ALL_QUALIFIED: 0 if asked.all_qualified else None}
    for (name, where), gate in reported.items():
        limit, value, passed = (gate.get(key) for key in ("limit", "value", "passed"))
        if name in limits and limit != limits[name]:
            yield f"gate {name} of {where} has limit {limit}; the recipe asks for {limits[name]}"
        if passed is not _passes(str(name), limit, value):
            yield f"gate {name} of {where} says passed: {passed}, with value {value} and limit {limit}"
        if not passed and not manifest.override:
            yield f"gate {name} of {where} failed and no reason to override it is given"
        result = measured.get((str(name), str(where)))
        if result is not None and value != result.value:
            yield f"gate {name} of {where} reports {value}; the rows give {result.value}"
    for (name, where), result in measured.items():
        if result.limit is not None and (name, where) not in reported:
            yield f"the recipe asks for gate {name}, and nothing is reported of {where}"


def _passes(name: str, limit: Any, value: Any) -> bool:
    if limit is None:
        return True
    if value is None:
        return False
    return bool(value >= limit if name in (MIN_ITEMS, MIN_ALPHA) else value <= limit + 1e-6)


def _manifest(manifest: Manifest) -> Iterator[str]:
    try:
        if str(Version.parse(manifest.version)) != manifest.version:
            yield f"version {manifest.version!r} is not three numbers such as 1.0.0"
    except ValueError as error:
        yield str(error)
    if not _NAME.fullmatch(manifest.name):
        yield (
            f"name {manifest.name[:80]!r} is none: at most 60 small letters, digits, dots, dashes and"
            " underscores, the first a letter or digit"
        )
    yield from _holdout(manifest)
    if not all(isinstance(cause, str) for cause in manifest.causes.values()):
        yield "causes has something that is no text"


def _holdout(manifest: Manifest) -> Iterator[str]:
    held = manifest.holdout
    items = held.get("items", 0)
    if type(items) is not int or items < 0:
        yield f"holdout has {items!r} items, which is no number"
    elif items and not _DIGEST.fullmatch(str(held.get("commitment"))):
        yield f"{items} items are held back and no digest commits to them"
    elif items and not manifest.recipe.holdout_share:
        yield f"{items} items are held back, and the recipe keeps none back"
    elif "items" not in held and manifest.recipe.holdout_share:
        share = manifest.recipe.holdout_share
        yield f"the recipe keeps {share:.0%} back, and holdout does not say how many items that are"
    if extra := sorted(held.keys() - ({"items", "commitment"} if items else {"items"})):
        yield f"holdout has {', '.join(extra)}, which belongs to no holdout of {items!r} items"
