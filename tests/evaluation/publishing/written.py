"""A sound release written as a folder, and ways to spoil it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from evaluation.publishing.checks.regenerated import SOFTWARE
from evaluation.publishing.diff import changelog_lines, diff
from evaluation.publishing.files import (
    CHECKSUMS,
    checksum_file,
    digest_file,
    files_of,
    json_document,
    publish_folder,
    write_temporary,
)
from evaluation.publishing.formats.all import release_files
from evaluation.publishing.gates import Alpha, check_gates
from evaluation.publishing.recipe import Gates, Recipe
from evaluation.publishing.rows import ReleaseRow
from tests.evaluation.publishing.content import (
    CANARY,
    NATION_NAMES,
    MemoryContent,
    content,
    reworded,
    row,
    rows,
)


def sound_content(**changes: Any) -> MemoryContent:
    """36 items and 18 pairs whose parts share nothing, with the report of gates that its rows give."""
    evaluation = rows()
    train = [_apart(row, "train") for row in rows(1, first=100)]
    test = [_apart(row, "test") for row in rows(1, first=200)]
    gates = Gates(max_outlet_share=0.8, min_items=4)
    alpha = dict.fromkeys(NATION_NAMES, Alpha(0.8, 0.7, 0.9, 50))
    report = check_gates(evaluation, gates, alpha=alpha, unqualified_ids=())
    settings: dict[str, Any] = {
        "recipe": Recipe(recent_from="2023-01-01", preference_share=0.3, gates=gates),
        "gates": tuple(result.as_dict() for result in report),
        "override": "",
        "holdout": {},
        "software": SOFTWARE,
        **_since_before(evaluation, train, test),
    }
    return content(evaluation, train=train, test=test, **{**settings, **changes})


def written(parent: Path, made: MemoryContent | None = None) -> Path:
    """The folder of a release, its files writable so that tests may spoil them."""
    made = made or sound_content()
    temporary, _ = write_temporary(release_files(made), parent, made.manifest.canary)
    target = parent / "harbour-1.2.0"
    publish_folder(temporary, target)
    for path in files_of(target).values():
        path.chmod(0o644)
    return target


def hash_again(folder: Path) -> None:
    """Write the checksum file anew, as somebody would who wants a change to go unnoticed."""
    (folder / CHECKSUMS).unlink(missing_ok=True)
    digests = {name: digest_file(path) for name, path in files_of(folder).items()}
    (folder / CHECKSUMS).write_bytes(checksum_file(digests, CANARY))


def edit_rows(path: Path, edit: Callable[[list[dict[str, Any]]], None]) -> None:
    """Change the objects of a JSON Lines file in place."""
    found = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
    edit(found)
    lines = [json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in found]
    path.write_text("".join(lines), encoding="utf-8")


def edit_object(path: Path, edit: Callable[[dict[str, Any]], None]) -> None:
    """Change a JSON object in place."""
    found = json.loads(path.read_text(encoding="utf-8"))
    edit(found)
    path.write_bytes(json_document(found))


def _since_before(*parts: list[ReleaseRow]) -> dict[str, Any]:
    """Changes and causes against a version that had two items more, eight less (of CN), one in other words
    and one of another outlet."""
    evaluation, train, test = parts
    ours = [*evaluation, *train, *test]
    gone = [row("GB", 50), row("US", 51, source_type="official")]
    worded = reworded(ours[9], 77, statement="Die Stadt soll sie erneuern.")
    before = [*gone, replace(ours[8], outlet="Another"), worded, *ours[10:]]
    part_of = {found.id: part for part, rows in (("train", train), ("test", test)) for found in rows}
    changes = diff(before, ours, old_parts=part_of, new_parts=part_of)
    causes = {change.key: f"because it was {change.kind}; cause: [1, 2]" for change in changes.changes}
    return {"changes": changelog_lines(changes, causes), "causes": dict(sorted(causes.items()))}


def _apart(row: ReleaseRow, part: str) -> ReleaseRow:
    return replace(row, topic=f"{row.topic} {part}")
