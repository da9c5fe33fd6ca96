from __future__ import annotations

import json
import os

import pytest

from evaluation.publishing.content import Slice
from evaluation.publishing.files import digest_file, files_of
from evaluation.publishing.folder import FolderContent, FolderError
from tests.evaluation.publishing.content import content, hostile_rows
from tests.evaluation.publishing.written import edit_rows, sound_content, written

GB = "data/gb/quoted.jsonl"


def test_a_folder_says_what_was_written(tmp_path):
    made = sound_content()

    found = FolderContent(written(tmp_path, made))

    assert found.manifest == made.manifest
    assert found.slices() == made.slices()
    for where in made.slices():
        assert list(found.rows(where)) == list(made.rows(where))
        assert list(found.passports(where)) == list(made.passports(where))
    for part in ("train", "test"):
        assert list(found.preferences(part)) == list(made.preferences(part))
    assert list(found.passports(None)) == list(made.passports(None))


def test_a_folder_written_from_a_folder_is_the_same(tmp_path):
    first = written(tmp_path / "first", content(hostile_rows()))

    second = written(tmp_path / "second", FolderContent(first))

    digests = [
        {name: digest_file(path) for name, path in files_of(folder).items()} for folder in (first, second)
    ]
    assert digests[0] == digests[1]


def test_a_folder_without_pairs_has_none(tmp_path):
    found = FolderContent(written(tmp_path, content(train=[], test=[])))

    assert [list(found.preferences(part)) for part in ("train", "test")] == [[], []]
    assert list(found.passports(None)) == []
    with pytest.raises(ValueError, match="'evaluation' has no preference pairs"):
        list(found.preferences("evaluation"))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"{", rf"{GB}, line 2: is no JSON"),
        (b"\xff", rf"{GB}, line 2: is no JSON"),
        (b"[]", rf"{GB}, line 2: is a list, not an object"),
        (b"{}", rf"{GB}, line 2: fields are missing: id, origin"),
    ],
)
def test_a_bad_line_is_named(tmp_path, line, message):
    folder = written(tmp_path)
    lines = (folder / GB).read_bytes().split(b"\n")
    lines[1] = line
    (folder / GB).write_bytes(b"\n".join(lines))

    with pytest.raises(FolderError, match=message):
        list(FolderContent(folder).rows(Slice("GB", "quoted")))


def test_a_pair_whose_messages_are_not_its_words_is_named(tmp_path):
    folder = written(tmp_path)
    edit_rows(folder / "dpo/train.jsonl", lambda rows: rows[2]["chosen"][0].update(content="Other."))

    with pytest.raises(FolderError, match=r"dpo/train\.jsonl, line 3: prompt, chosen and rejected are not"):
        list(FolderContent(folder).preferences("train"))


def test_a_missing_file_and_a_missing_manifest_are_named(tmp_path):
    folder = written(tmp_path)
    (folder / GB).unlink()

    with pytest.raises(FolderError, match=rf"{GB}: cannot be read: No such file"):
        list(FolderContent(folder).rows(Slice("GB", "quoted")))
    with pytest.raises(FolderError, match=r"has no release\.json; give the folder of a release"):
        FolderContent(tmp_path)


def _read(folder):
    content = FolderContent(folder)
    [*content.rows(Slice("GB", "quoted")), *content.preferences("train"), *content.passports(None)]


def _pipe(path, tmp_path):
    path.unlink()
    os.mkfifo(path)


def _link(path, tmp_path):
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")


def _link_above(path, tmp_path):
    path.parent.rename(tmp_path / "elsewhere")
    path.parent.symlink_to(tmp_path / "elsewhere")


def _folder(path, tmp_path):
    path.unlink()
    path.mkdir()


_FILES = (GB, "dpo/train.jsonl", "passports/preferences.jsonl", "release.json")


@pytest.mark.parametrize(
    ("name", "put", "message"),
    [
        *((name, _pipe, "is no regular file") for name in _FILES),
        *((name, _folder, "is no regular file") for name in _FILES),
        *((name, _link, "is a link or behind one") for name in _FILES),
        *((name, _link_above, "is a link or behind one") for name in _FILES[:3]),
    ],
)
def test_only_regular_files_of_the_folder_are_read(tmp_path, name, put, message):
    folder = written(tmp_path)
    put(folder / name, tmp_path)

    with pytest.raises(FolderError, match=rf"^{name}: cannot be read: {message}"):
        _read(folder)


def test_a_manifest_with_a_value_of_another_kind_is_named(tmp_path):
    folder = written(tmp_path)
    value = json.loads((folder / "release.json").read_text())
    (folder / "release.json").write_text(json.dumps({**value, "counts": {"gb/quoted": "4"}}))

    with pytest.raises(FolderError, match=r"release\.json: counts has gb/quoted: '4', which is no number"):
        FolderContent(folder)
