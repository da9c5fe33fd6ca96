from __future__ import annotations

import json

from evaluation.publishing.content import Manifest
from evaluation.publishing.formats import changelog, manifest
from tests.evaluation.publishing.content import CANARY, content


def _written(format, **changes) -> tuple[str, str]:
    ((path, pieces),) = format.files(content(**changes))
    return path, b"".join(pieces).decode()


def test_the_changelog_lists_changes_against_the_release_before():
    assert _written(changelog, changes=("1 item <b>reworded</b>.",)) == (
        "CHANGELOG.md",
        "# Changes of release harbour\n\n## 1.2.0, 2026-10-01\n\nAgainst harbour@1.1.0:\n\n"
        "- 1 item \\<b\\>reworded\\</b\\>.\n\n"
        f"Canary, never to be in training data: {CANARY}\n",
    )


def test_a_first_version_says_so():
    _, text = _written(changelog, previous="", changes=())

    assert "- First version: there is no release before to compare with." in text


def test_a_version_with_the_same_items_says_so():
    _, text = _written(changelog, changes=())

    assert "- No item differs from the release before." in text


def test_the_manifest_is_read_back_as_it_was():
    made = content(facts={"left_out": {"window": 3}})
    path, text = _written(manifest, facts={"left_out": {"window": 3}})

    assert path == "release.json"
    assert Manifest.from_dict(json.loads(text)) == made.manifest
