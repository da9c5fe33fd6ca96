from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from evaluation.publishing.formats.all import release_files
from evaluation.publishing.formats.dataset import front_matter
from evaluation.publishing.rows import COLUMNS, ReleaseRow
from tests.clients import run_client
from tests.evaluation.publishing.content import CANARY, MemoryContent, content, row

_LOAD = """
import json, sys
from datasets import load_dataset, get_dataset_config_names
found = {}
for folder in (sys.argv[1], sys.argv[1] + "/parquet"):
    for name in get_dataset_config_names(folder):
        where = folder[len(sys.argv[1]):] + ":" + name
        found[where] = {split: rows.to_list() for split, rows in load_dataset(folder, name).items()}
recent = load_dataset(sys.argv[1], "all").filter(lambda row: row["period"] == "recent")
found["recent"] = {split: rows.to_list() for split, rows in recent.items()}
recent = load_dataset(sys.argv[1] + "/parquet", "all", filters=[("period", "==", "recent")])
found["recent parquet"] = {split: rows.to_list() for split, rows in recent.items()}
pairs = load_dataset(sys.argv[1] + "/parquet" + "/..", "preferences")
found["pairs by the parquet folder"] = {split: rows.to_list() for split, rows in pairs.items()}
print(json.dumps(found))
"""


def _plain(rows: list[ReleaseRow]) -> list[dict[str, object]]:
    return [found.as_dict() for found in sorted(rows, key=lambda found: found.id)]


def _by_id(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    return sorted(rows, key=lambda found: str(found["id"]))


def test_json_lines_give_the_rows_back(release: Path, made: MemoryContent):
    for where in made.slices():
        lines = (release / "data" / f"{where.path}.jsonl").read_bytes().split(b"\n")

        assert lines[-1] == b""
        assert [ReleaseRow.from_dict(json.loads(line)) for line in lines[:-1]] == list(made.rows(where))


def test_parquet_gives_the_rows_back_and_has_the_canary_in_its_metadata(release: Path, made: MemoryContent):
    import pyarrow.parquet as pq

    for where in made.slices():
        table = pq.read_table(release / "parquet" / f"{where.path}.parquet")

        assert [ReleaseRow.from_dict(found) for found in table.to_pylist()] == list(made.rows(where))
        assert table.schema.metadata == {b"canary": CANARY.encode()}
        assert tuple(table.column_names) == COLUMNS


def test_configurations_name_a_split_per_slice_that_has_items():
    found = front_matter(content([row("CN"), row("CN", source_type="official"), row("FR")], test=[]))

    assert found["configs"] == [
        {
            "config_name": "cn",
            "data_files": [
                {"split": "quoted", "path": "data/cn/quoted.jsonl"},
                {"split": "official", "path": "data/cn/official.jsonl"},
            ],
        },
        {"config_name": "fr", "data_files": [{"split": "quoted", "path": "data/fr/quoted.jsonl"}]},
        {
            "config_name": "all",
            "data_files": [
                {"split": "quoted", "path": "data/*/quoted.jsonl"},
                {"split": "official", "path": "data/*/official.jsonl"},
            ],
        },
        {"config_name": "preferences", "data_files": [{"split": "train", "path": "dpo/train.jsonl"}]},
    ]
    assert [info["config_name"] for info in found["dataset_info"]] == ["cn", "fr", "all", "preferences"]
    assert [feature["name"] for feature in found["dataset_info"][0]["features"]] == list(COLUMNS)


def test_front_matter_has_no_alias_which_the_library_cannot_read(made: MemoryContent):
    text = yaml.safe_dump(front_matter(made), sort_keys=False)

    assert "&id" not in text


def test_a_release_without_pairs_tells_of_no_configuration_for_them():
    made = content(train=[], test=[], preferences={})
    card, parquet = (
        b"".join(pieces).decode()
        for path, pieces in release_files(made)
        if path in ("README.md", "parquet/README.md")
    )

    assert "Hugging Face datasets, the same evaluation items and configurations |" in card
    assert "preferences" not in parquet


@pytest.mark.clients
def test_datasets_loads_every_configuration_of_both_folders(
    release: Path, made: MemoryContent, tmp_path: Path
):
    found = json.loads(run_client("-c", _LOAD, release, cwd=tmp_path).splitlines()[-1])

    quoted = [item for item in made.evaluation if item.source_type == "quoted"]
    official = [item for item in made.evaluation if item.source_type == "official"]
    for folder in ("", "/parquet"):
        everything = found[f"{folder}:all"]
        assert _by_id(everything["quoted"]) == _plain(quoted)
        assert _by_id(everything["official"]) == _plain(official)
        assert found[f"{folder}:fr"] == {
            "quoted": _plain([item for item in quoted if item.nation == "FR"]),
        }
        assert found[f"{folder}:us"]["quoted"] == _plain([item for item in quoted if item.nation == "US"])
    recent = _plain([item for item in quoted if item.period == "recent"])
    assert _by_id(found["recent"]["quoted"]) == recent
    assert _by_id(found["recent parquet"]["quoted"]) == recent
    names = {"cn", "de", "fr", "gb", "us", "all"}
    assert {name for name in found if ":" in name} == {
        *(f":{name}" for name in names | {"preferences"}),
        *(f"/parquet:{name}" for name in names),
    }
    # Both cards say where the one configuration is that the Parquet folder has not.
    assert '`load_dataset(folder + "/..", "preferences")`' in (release / "parquet/README.md").read_text(
        "utf-8"
    )
    assert "`preferences` is one of the whole folder only" in (release / "README.md").read_text("utf-8")
    pairs = found[":preferences"]
    assert found["pairs by the parquet folder"] == pairs
    assert [pair["id"] for pair in pairs["train"]] == [item.id for item in made.preferences("train")]
    assert pairs["test"][0]["prompt"] == [
        {"role": "user", "content": next(iter(made.preferences("test"))).question}
    ]
