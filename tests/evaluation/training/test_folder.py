from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from evaluation.publishing.files import CHECKSUMS, digest_file
from evaluation.publishing.folder import FolderError
from evaluation.publishing.rows import Part, ReleaseRow
from evaluation.training.folder import balanced, read_folder
from tests.evaluation.training.tiny import invented, part_rows, release_folder


def test_read_folder_gives_rows_of_every_part(tmp_path: Path):
    folder = release_folder(tmp_path)
    found = read_folder(folder)
    expected = {
        Part.EVALUATION: part_rows(range(6), "evaluation"),
        Part.TRAIN: part_rows(range(100, 108), "train"),
        Part.TEST: part_rows(range(200, 204), "test"),
    }
    assert {part: _by_id(rows) for part, rows in found.scored.items()} == {
        part: _by_id(rows) for part, rows in expected.items()
    }
    assert found.digest == digest_file(folder / CHECKSUMS)


def test_read_folder_with_nations_trains_on_these_and_scores_all(tmp_path: Path):
    found = read_folder(release_folder(tmp_path), nations=("FR",))
    assert {item.nation for item in found.train} == {"FR"}
    assert {item.nation for item in found.evaluation} == {"FR", "GB"}


@pytest.mark.parametrize("name", ["id", "article", "topic"])
@pytest.mark.parametrize("part", ["evaluation", "test"])
def test_read_folder_refuses_pairs_that_share_with_what_is_scored(tmp_path: Path, name: str, part: str):
    first = invented("GB", 50, topic="apart 50")
    second = invented("GB", 53, topic="apart 53")
    learned = invented("GB", 100, **{"topic": "apart 100", name: getattr(second, name)})
    folder = release_folder(tmp_path, train=[learned], **{part: [first, second]})
    with pytest.raises(FolderError, match="does not verify") as refusal:
        read_folder(folder)
    told = str(refusal.value)
    assert learned.id in told
    assert second.id in told
    assert first.id not in told


def test_read_folder_refuses_pairs_in_nearly_the_same_words(tmp_path: Path):
    scored = invented("GB", 50, topic="apart 50")
    learned = invented("GB", 100, topic="apart 100", statement=f"“{scored.statement}”")
    folder = release_folder(tmp_path, train=[learned], evaluation=[scored])
    with pytest.raises(
        FolderError, match=f"near_copy .* is on both sides: items {learned.id} and {scored.id}"
    ):
        read_folder(folder)


def test_read_folder_refuses_a_changed_file(tmp_path: Path):
    folder = release_folder(tmp_path)
    path = folder / "dpo/train.jsonl"
    path.write_text(path.read_text(encoding="utf-8").replace("Lido", "Arcade"), encoding="utf-8")
    with pytest.raises(FolderError, match=r"dpo/train\.jsonl"):
        read_folder(folder)


def test_read_folder_refuses_what_is_no_release(tmp_path: Path):
    with pytest.raises(FolderError, match=r"release\.json"):
        read_folder(tmp_path)


def test_read_folder_refuses_a_release_without_pairs(tmp_path: Path):
    folder = release_folder(tmp_path, train=[], test=[])
    with pytest.raises(FolderError, match="--preference-share"):
        read_folder(folder)


def test_read_folder_refuses_a_nation_without_pairs(tmp_path: Path):
    folder = release_folder(tmp_path)
    with pytest.raises(FolderError, match="has no pairs of CN to learn from; it has: FR, GB"):
        read_folder(folder, nations=("CN", "FR"))


def test_balanced_keeps_the_most_pairs_that_lean_no_way(tmp_path: Path):
    train = [*part_rows(range(100, 108), "train"), *part_rows(range(110, 120, 2), "train")]
    found = balanced(read_folder(release_folder(tmp_path, train=train)), seed=0)
    denying = Counter(
        (item.nation, len(item.statement) > len(item.reversed_statement)) for item in found.train
    )
    # 9 pairs affirm and 4 deny; 5 to 4 would be 0.556 against 0.444, more than the tolerance
    assert denying == {(nation, denies): 4 for nation in ("FR", "GB") for denies in (True, False)}


def test_balanced_refuses_pairs_that_all_lean_one_way(tmp_path: Path):
    folder = read_folder(release_folder(tmp_path, train=part_rows(range(100, 108), "train", lopsided=True)))
    with pytest.raises(FolderError, match="all 16 pairs to learn from lean one way"):
        balanced(folder, seed=0)


def _by_id(rows: Sequence[ReleaseRow]) -> dict[str, dict[str, Any]]:
    return {item.id: item.as_dict() for item in rows}
