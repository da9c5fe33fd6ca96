"""Forgeries that agree with their checksum file: every file but rows and passports is written again."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from evaluation.publishing.checks.passports import passport_faults
from evaluation.publishing.checks.regenerated import SOFTWARE, first_difference
from evaluation.publishing.files import files_of
from evaluation.publishing.verify import verify
from tests.evaluation.publishing.content import CANARY, passport, row
from tests.evaluation.publishing.written import edit_object, edit_rows, hash_again, sound_content, written

OTHER = "NaVAB 0.0.1"


@pytest.fixture(scope="module")
def by_another(tmp_path_factory):
    """What differs by software only: a release that says another version wrote it."""
    return written(tmp_path_factory.mktemp("other"), sound_content(software=OTHER))


def _copied(folder: Path, parent: Path) -> Path:
    return Path(shutil.copytree(folder, parent / folder.name))


def _found(folder: Path) -> list[tuple[str, str, int]]:
    return [(finding.check, finding.path, finding.line) for finding in verify(folder).findings]


def test_the_content_of_these_tests_is_of_this_software(sound, by_another):
    assert sound_content().manifest.software == SOFTWARE
    assert (verify(sound).findings, verify(sound).notes) == ((), ())
    assert verify(by_another).findings == ()
    assert [str(note) for note in verify(by_another).notes] == [
        f"release.json: was written by '{OTHER}', and this is {SOFTWARE} [software]"
    ]


def _other_words(path: Path) -> None:
    content = path.read_bytes()
    at = len(content) * 2 // 3
    path.write_bytes(content[:at] + b"x" + content[at + 1 :])


def test_a_change_in_any_file_is_found_though_the_checksums_are_written_anew(sound, tmp_path):
    """But in passports, of which only what rows repeat and what follows from it can be known."""
    files = set(files_of(sound)) - {"checksums.sha256"}
    names = sorted(name for name in files if not name.startswith("passports/"))
    assert len(names) > 40
    passed = []
    for name in names:
        folder = _copied(sound, tmp_path / name.replace("/", "-"))
        _other_words(folder / name)
        hash_again(folder)
        if verify(folder).ok:
            passed.append(name)
        shutil.rmtree(folder)

    assert passed == []


@pytest.mark.parametrize(
    ("name", "added"),
    [
        ("inspect/navab.py", '\nimport os\nos.system("id")\n'),
        ("lm_eval/utils.py", "\nimport os\n"),
        ("lm_eval/navab.yaml", "x: 1\n"),
        ("llama_factory/dataset_info.json", " "),
    ],
)
def test_code_and_settings_are_exactly_ours_whoever_wrote_the_release(
    sound, by_another, tmp_path, name, added
):
    for place, folder in enumerate((sound, by_another)):
        folder = _copied(folder, tmp_path / str(place))
        content = (folder / name).read_text()
        (folder / name).write_text(content + added)
        hash_again(folder)

        assert _found(folder) == [("copies", name, content.count("\n") + 1)]


@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md", "croissant.json"])
def test_a_false_sentence_is_found_and_only_noted_where_another_version_wrote_it(
    sound, by_another, tmp_path, name
):
    reports = []
    for place, folder in enumerate((sound, by_another)):
        folder = _copied(folder, tmp_path / str(place))
        content = (folder / name).read_text()
        (folder / name).write_text(content.replace("harbour", "harbor approved by all"))
        hash_again(folder)
        reports.append(verify(folder))

    ours, theirs = reports
    assert [(found.check, found.path) for found in ours.findings] == [("copies", name)]
    assert theirs.ok
    assert [(note.check, note.path) for note in theirs.notes] == [
        ("software", "release.json"),
        ("software", name),
    ]


@pytest.mark.parametrize(
    ("name", "before", "after", "check"),
    [
        ("README.md", "path: data/gb/quoted.jsonl", "path: data/us/quoted.jsonl", "card"),
        ("README.md", "config_name: gb", "config_name: uk", "card"),
        ("parquet/README.md", "path: gb/quoted.parquet", "path: gb/none.parquet", "card"),
        ("croissant.json", '"contentUrl": "data/gb/quoted.jsonl"', '"contentUrl": "../x"', "croissant"),
        ("csv/gb/quoted.csv", "library 0", "library 9", "copies"),
        ("paper/UK/human_statement_result.json", "library 0", "library 9", "copies"),
        ("llama_factory/navab_train.json", "library 100", "library 9", "copies"),
    ],
)
def test_what_another_version_wrote_must_still_hold_and_describe_the_same(
    by_another, tmp_path, name, before, after, check
):
    folder = _copied(by_another, tmp_path)
    content = (folder / name).read_text("utf-8-sig" if name.endswith("csv") else "utf-8")
    assert before in content
    (folder / name).write_text(content.replace(before, after))
    hash_again(folder)

    assert (check, name) in {(found.check, found.path) for found in verify(folder).findings}


def test_a_file_that_no_release_has_is_found(sound, by_another, tmp_path):
    for place, folder in enumerate((sound, by_another)):
        folder = _copied(folder, tmp_path / str(place))
        (folder / "inspect/setup.py").write_text(f"# {CANARY}\nimport os\n")
        hash_again(folder)

        assert _found(folder) == [("extra", "inspect/setup.py", 0)]


def test_parquet_with_other_rows_is_found_and_by_another_pyarrow_only_noted(sound, tmp_path):
    import pyarrow.parquet as pq

    name = "parquet/gb/quoted.parquet"
    folder = _copied(sound, tmp_path / "rows")
    table = pq.read_table(folder / name)
    pq.write_table(table.slice(1), folder / name)
    hash_again(folder)
    assert ("copies", name, 0) in _found(folder)

    folder = _copied(sound, tmp_path / "version")
    content = (folder / name).read_bytes()
    written_by = pq.read_metadata(folder / name).created_by.encode()
    (folder / name).write_bytes(content.replace(written_by, written_by[:-1] + b"x"))
    hash_again(folder)
    report = verify(folder)
    assert report.findings == ()
    assert [(note.check, note.path) for note in report.notes] == [("software", name)]


def test_a_topic_that_a_pair_was_given_is_found(sound, tmp_path):
    folder = _copied(sound, tmp_path)
    edit_rows(folder / "dpo/train.jsonl", lambda rows: rows[0].update(topic="another"))
    hash_again(folder)

    assert {(check, path) for check, path, _ in _found(folder)} == {
        ("passports", "passports/preferences.jsonl")
    }


def test_messages_of_a_pair_are_those_of_its_columns(sound, tmp_path):
    for place, edit in enumerate(
        (
            lambda rows: rows[0]["chosen"][0].update(content="Other words."),
            lambda rows: rows[0].pop("rejected"),
            lambda rows: [rows[0].pop(name) for name in ("prompt", "chosen", "rejected")],
        )
    ):
        folder = _copied(sound, tmp_path / str(place))
        edit_rows(folder / "dpo/train.jsonl", edit)
        hash_again(folder)

        assert {path for _, path, _ in _found(folder)} >= {"dpo/train.jsonl"}


def test_a_removed_commitment_is_found(tmp_path):
    recipe = replace(sound_content().manifest.recipe, holdout_share=0.1)
    made = sound_content(holdout={"items": 4, "commitment": "ab" * 32}, recipe=recipe)
    folder = written(tmp_path, made)

    edit_object(folder / "release.json", lambda value: value.update(holdout={}))
    hash_again(folder)

    assert ("manifest", "release.json", 0) in _found(folder)
    assert ("copies", "README.md") in {(check, path) for check, path, _ in _found(folder)}


def _faults(item: Any, edit: Any) -> list[str]:
    told = json.loads(json.dumps(passport(item)))
    edit(told)
    return list(passport_faults(told, item, CANARY))


def _put(*path: Any) -> Any:
    *steps, name, value = path

    def edit(told: Any) -> None:
        for step in steps:
            told = told[step]
        told[name] = value

    return edit


@pytest.mark.parametrize(
    "edit",
    [
        _put("canary", "another"),
        _put("origin", "0" * 32),
        *(
            _put("document", name, "x")
            for name in ("digest", "url", "outlet", "published", "language", "licence", "disclosure")
        ),
        *(_put("triple", name, "x") for name in ("question", "statement", "reversed_statement")),
        _put("topic", "label", "x"),
        _put("statement", "text", "x"),
        _put("statement", "text", "x" * 501),
        _put("decisions", 0, "label", "not_sensitive"),
        _put("decisions", 0, "number", 7),
        _put("decisions", 0, "rationale", "x" * 241),
        _put("decisions", 0, "annotators", ["annotator-1"]),
        _put("decisions", 1, "label", "invalid"),
        _put("decisions", 1, "label", "contested_here"),
        _put("decisions", 1, "status", "open"),
        _put("decisions", 1, "judge_type", "rules"),
        _put("decisions", 1, "judge_type", "curator"),
        _put("decisions", 1, "judge", "Ann Secret"),
        _put("decisions", 1, "rationale", "Ann said so."),
        _put("decisions", 1, "votes", {"valid": 3}),
        _put("decisions", 1, "annotators", ["annotator-1", "Ann Secret"]),
        _put("decisions", 1, "annotators", ["annotator-1", "annotator-3"]),
        _put("decisions", 1, "agreement", 0.5),
        _put("reviews", 0, "votes", 5),
        _put("reviews", 0, "decision", 9),
        _put("extra", 1),
        lambda told: told.pop("reviews"),
    ],
)
def test_a_passport_that_differs_from_its_row_is_found(edit):
    item = row("GB", 3)  # by annotators, two votes

    assert _faults(item, lambda told: None) == []
    assert _faults(item, edit)


def test_a_passport_of_a_reference_has_no_words_of_its_document():
    item = row("GB", 2)
    assert item.disclosure == "reference"
    assert _faults(item, lambda told: None) == []

    assert _faults(item, _put("decisions", 0, "rationale", "It says: the county must.")) == [
        "has a reason for decision 1 in words, and its source allows a reference"
    ]
    assert _faults(item, _put("statement", "text", "Words of the article."))[0] == (
        "has words of the document as its statement, and its source allows a reference"
    )
    assert _faults(item, _put("statement", "text", "")) == []


@pytest.mark.parametrize(
    ("there", "line"),
    [(b"a\nb\nc\n", 0), (b"a\nx\nc\n", 2), (b"a\nb\n", 3), (b"a\nb\nc\nd\n", 4), (b"", 1), (b"a\nb\nc", 3)],
)
def test_first_difference_is_told_by_line(there, line):
    assert first_difference(BytesIO(there), iter([b"a\n", b"", b"b\nc\n"])) == line
