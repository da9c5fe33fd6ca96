"""Built releases as rows and folder, with real records and passports, in any state a page meets."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.utils import timezone

from annotation.models import Source
from evaluation.models import Release, ReleaseItem
from evaluation.publishing.content import Slice
from evaluation.publishing.files import publish_folder, whole, write_temporary
from evaluation.publishing.recipe import Recipe
from evaluation.publishing.rows import Part
from evaluation.services.gold.collect import Gold, collect_gold, pseudonyms
from evaluation.services.gold.passports import passports
from evaluation.services.releases.make import release_item
from tests.evaluation.gold import approved_corpus
from tests.evaluation.publishing.content import CANARY, content

HOLDOUT = {"items": 1, "commitment": "c0" * 32}


def built_release(
    parent: Path, *, status: str = "candidate", per_slice: int = 2, disclosure: str = "span", **changes: Any
) -> Release:
    """``harbour@1.2.0`` with the items of :func:`approved_corpus`, of which the last British quoted one is
    held back, and a folder with a card. ``changes`` are fields of its manifest."""
    approved_corpus(per_slice=per_slice)
    Source.objects.update(disclosure=disclosure)
    golds = collect_gold(Recipe())
    golds = [replace(gold, row=replace(gold.row, canary=CANARY)) for gold in golds]
    held = [
        gold.row.id for gold in golds if Slice(gold.row.nation, gold.row.source_type) == ("GB", "quoted")
    ][-1]
    rows = [gold.row for gold in golds if gold.row.id != held]
    manifest = replace(content(rows, train=[], test=[]).manifest, previous="", holdout=HOLDOUT, **changes)
    release = Release.objects.create(
        name=manifest.name,
        version=manifest.version,
        recipe=manifest.recipe.as_dict(),
        manifest=json.dumps(manifest.as_dict()),
        gates=_gates(golds[0].triple_id),
        override=manifest.override,
        digest="0" * 64,
        frozen_at=timezone.now(),
        published_at=timezone.now() if status != "candidate" else None,
        status=status,
    )
    _items(release, golds, held)
    _folder(release, parent)
    return release


def _gates(triple: int) -> list[dict[str, Any]]:
    """One that failed, with a triple to fix, one that passed, and one that nobody asked for."""
    found = [
        ("min_items", "fr/official", 4, 0, False, "4 of 4 items are missing", [triple]),
        ("max_outlet_share", "cn/quoted", 0.8, 0.5, True, "Gazette has 2 of 4 items", []),
        ("max_year_share", "cn/quoted", None, 1.0, True, "2024 has 4 of 4 items", []),
    ]
    names = ("name", "slice", "limit", "value", "passed", "detail", "triples")
    return [{**dict(zip(names, gate, strict=True)), "rows": []} for gate in found]


def _items(release: Release, golds: list[Gold], held: str) -> None:
    told = passports(golds, pseudonyms(golds, release.name))
    ReleaseItem.objects.bulk_create(
        release_item(
            release,
            gold.row,
            Part.HOLDOUT if gold.row.id == held else Part.EVALUATION,
            triple_id=gold.triple_id,
            passport=passport,
        )
        for gold, passport in zip(golds, told, strict=True)
    )


def _folder(release: Release, parent: Path) -> None:
    files = {
        "README.md": f"# harbour\n\n<script>alert(1)</script>\n\n{CANARY}\n".encode(),
        "data/gb/quoted.jsonl": b"{}\n" * 200_000,
    }
    temporary, digest = write_temporary(((name, whole(data)) for name, data in files.items()), parent, CANARY)
    target = parent / f"{release.name}-{release.version}"
    publish_folder(temporary, target)
    release.folder, release.digest = str(target), digest
    release.save()
