"""Files of a release that was made."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
import yaml

from annotation.models import Document
from evaluation.models import Release
from evaluation.publishing.recipe import Recipe
from evaluation.services.releases.make import make_release
from tests.evaluation.gold import approve, approved_corpus, waiting_triple
from tests.evaluation.services.releases.folders import read_folder

pytestmark = pytest.mark.django_db
LOADER = """
import json, sys
import datasets
folder = sys.argv[1]
counts = {}
for config in datasets.get_dataset_config_names(folder):
    loaded = datasets.load_dataset(folder, config, cache_dir=sys.argv[2])
    counts[config] = {split: len(rows) for split, rows in loaded.items()}
    for rows in loaded.values():
        columns = rows.column_names
        nulls = [c for c in columns if any(value is None for value in rows[c])]
        assert not nulls, nulls
        assert columns == datasets.load_dataset(folder, "all", cache_dir=sys.argv[2])["quoted"].column_names
print(json.dumps(counts))
"""


def test_make_release_loads_with_datasets_offline(tmp_path):
    approved_corpus(per_slice=2)
    release = make_release(name="loads", output=tmp_path / "out")
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "home")}
    ran = subprocess.run(
        [sys.executable, "-c", LOADER, release.folder, str(tmp_path / "cache")],
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert ran.returncode == 0, ran.stderr
    both = {"quoted": 2, "official": 2}
    assert json.loads(ran.stdout.splitlines()[-1]) == {
        "cn": both,
        "de": both,
        "fr": {"quoted": 2},
        "gb": both,
        "us": both,
        "all": {"quoted": 10, "official": 8},
    }


def test_make_release_checksums_cover_every_file(tmp_path):
    approved_corpus(per_slice=1)
    release = make_release(name="sums", output=tmp_path)
    files = read_folder(release.folder)
    sums = files.pop("checksums.sha256")
    expected = "".join(f"{sha256(files[path]).hexdigest()}  {path}\n" for path in sorted(files))
    assert sums.decode() == f"# {release.told.canary}\n{expected}"
    assert release.digest == sha256(sums).hexdigest()


def test_make_release_same_content_gives_equal_bytes(tmp_path):
    approved_corpus(per_slice=2)
    recipe = Recipe(seed=7)
    first = make_release(name="twice", recipe=recipe, output=tmp_path / "a")
    first_files = read_folder(first.folder)
    Release.objects.all().delete()
    second = make_release(name="twice", recipe=recipe, output=tmp_path / "b")
    assert read_folder(second.folder) == first_files
    assert second.digest == first.digest


def test_make_release_files_are_read_only(tmp_path):
    approved_corpus(per_slice=1)
    release = make_release(name="locked", output=tmp_path)
    modes = {path.stat().st_mode & 0o777 for path in Path(release.folder).rglob("*") if path.is_file()}
    assert modes == {0o444}
    assert list(tmp_path.iterdir()) == [tmp_path / "locked-1.0.0"]


def test_make_release_names_no_annotator_and_ships_no_article(tmp_path):
    approved_corpus(per_slice=1)
    release = make_release(name="private", output=tmp_path)
    # Parquet is compressed; its rows are compared with those of the other files where formats are tested.
    everything = b"".join(read_folder(release.folder).values()).decode(errors="replace")
    assert "secret.name" not in everything
    assert not [text for text in Document.objects.values_list("text", flat=True) if text in everything]


def test_make_release_paper_files_have_the_published_names_and_fields(tmp_path):
    approved_corpus(per_slice=1)
    release = make_release(name="paper", output=tmp_path)
    files = read_folder(release.folder)
    assert {path for path in files if path.startswith("paper/")} == {
        f"paper/{folder}/{kind}_statement_result.json"
        for folder in ("US", "UK", "China", "german", "french")
        for kind in ("human", "official")
        if (folder, kind) != ("french", "official")
    }
    assert json.loads(files["paper/UK/human_statement_result.json"]) == [
        {
            "raw_news": "The council must protect park 0.",
            "statement": "The council must protect park 0.",
            "filter_flag": True,
            "full_source": f"{Document.objects.get(url='https://example.org/0', nation='GB').outlet.name}, "
            "2024-05-01, https://example.org/0",
            "source": "Ann Smith",
            "generated Q": "What should the council do about park 0?",
            "generated reverse statement": "The council must not protect park 0.",
            "generated raw data": "Q: What should the council do about park 0?\n"
            "S: The council must protect park 0.\nRS: The council must not protect park 0.",
            "canary": release.told.canary,
        }
    ]


def test_make_release_card_has_no_blank_field(tmp_path):
    approved_corpus(per_slice=1)
    card = read_folder(make_release(name="card", output=tmp_path).folder)["README.md"].decode()
    _, header, body = card.split("---\n", 2)
    metadata = yaml.safe_load(header)

    def blanks(value: object, path: str = "") -> list[str]:
        if isinstance(value, dict):
            return [blank for key, inner in value.items() for blank in blanks(inner, f"{path}.{key}")]
        if isinstance(value, list) and value:
            return [blank for place, inner in enumerate(value) for blank in blanks(inner, f"{path}[{place}]")]
        return [path] if value in (None, "", [], {}) else []

    assert blanks(metadata) == []
    assert metadata["language"] == ["de", "en", "fr", "zh"]
    sections = {part.split("\n", 1)[0]: part.split("\n", 1)[1].strip() for part in body.split("\n## ")[1:]}
    assert [title for title, text in sections.items() if not text] == []
    assert "|  |" not in body
    assert "| France (FR) | quoted | 1 | 1 | 0 | 2024 |" in sections["Contents"]
    assert sections["Annotators and agreement"].splitlines()[:2] == [
        "Annotators of the evaluation items (pseudonymous): 2. Votes on them: 18.",
        "Raw agreement: 1.000 of the vote pairs on 9 items with two votes or more.",
    ]


def test_make_release_card_says_why_agreement_is_missing(tmp_path):
    approve(waiting_triple("GB", 1))
    card = read_folder(make_release(name="alone", output=tmp_path).folder)["README.md"].decode()
    assert "Agreement on them is not computable, for it needs two votes on an item." in card
