"""Files of a release folder: changed, missing, foreign, leading elsewhere."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evaluation.publishing.files import CHECKSUMS, files_of
from evaluation.publishing.recipe import Recipe
from evaluation.publishing.verify import verify
from tests.evaluation.publishing.content import CANARY
from tests.evaluation.publishing.verify.findings import GB, checks_of, messages_of
from tests.evaluation.publishing.written import edit_rows, hash_again, sound_content, written


def test_a_release_verifies_from_its_folder_alone(sound):
    report = verify(sound)

    assert [str(finding) for finding in report.findings] == []
    assert (report.ok, report.label, report.items, report.pairs) == (True, "harbour@1.2.0", 36, 18)
    assert report.files == len(files_of(sound))
    assert json.loads(json.dumps(report.as_dict()))["ok"] is True


@pytest.mark.parametrize(
    "name", ["README.md", GB, "csv/gb/quoted.csv", "parquet/gb/quoted.parquet", "lm_eval/utils.py"]
)
def test_a_changed_byte_is_found(folder, name):
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(bytes(content))

    assert ("hash", name) in checks_of(folder)


def test_a_missing_and_an_extra_file_are_found(folder):
    (folder / "csv/gb/quoted.csv").unlink()
    (folder / "notes.txt").write_text(CANARY)

    assert checks_of(folder) == {("missing", "csv/gb/quoted.csv"), ("extra", "notes.txt")}


def test_an_empty_folder_is_found(folder):
    (folder / "a/b").mkdir(parents=True)
    (folder / "data/zz").mkdir()

    assert checks_of(folder) == {("extra", "a/b"), ("extra", "data/zz")}


@pytest.mark.parametrize("name", [GB, "dpo/train.jsonl"])
def test_where_rows_are_missing_no_other_file_is_called_wrong(folder, name):
    (folder / name).unlink()

    assert {path for check, path in checks_of(folder) if check not in ("gates", "hash")} == {name}


def test_links_are_found_and_not_followed(folder, tmp_path):
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "inside.txt").write_text("x")
    (folder / "link").symlink_to(secret)
    (folder / GB).unlink()
    (folder / GB).symlink_to(tmp_path / "elsewhere")

    found = checks_of(folder)

    assert {("links", "link"), ("links", GB), ("missing", GB)} <= found
    assert not any("inside.txt" in path for _, path in found)


@pytest.mark.parametrize(
    "name",
    [GB, "dpo/train.jsonl", "passports/gb/quoted.jsonl", "csv/gb/quoted.csv", "README.md", CHECKSUMS],
)
def test_a_pipe_in_place_of_a_file_does_not_block(folder, name):
    (folder / name).unlink()
    os.mkfifo(folder / name)

    assert ("files", name) in checks_of(folder)


def test_what_links_lead_to_is_not_read(folder, tmp_path):
    """Of a release that is sound but for its links, so that only reading through them could find anything."""
    shutil.move(folder / "dpo", tmp_path / "dpo")
    (folder / "dpo").symlink_to(tmp_path / "dpo")
    shutil.move(folder / GB, tmp_path / "rows.jsonl")
    (folder / GB).symlink_to(tmp_path / "rows.jsonl")

    report = verify(folder)

    assert {("links", "dpo"), ("links", GB)} <= {(found.check, found.path) for found in report.findings}
    assert (report.items, report.pairs) == (32, 0)


def test_a_pipe_in_the_folder_does_not_block(folder):
    os.mkfifo(folder / "pipe")
    (folder / "release.json").unlink()
    os.mkfifo(folder / "release.json")

    assert {("files", "pipe"), ("manifest", "release.json")} <= checks_of(folder)


@pytest.mark.parametrize("path", ["../outside", "/etc/hostname", "data/../../x", "a\\b"])
def test_a_checksum_of_a_path_outside_is_found(folder, path):
    with (folder / CHECKSUMS).open("a") as file:
        file.write(f"{'0' * 64}  {path}\n")

    assert messages_of(folder, "checksums") == [
        f"{CHECKSUMS}: names {path!r}, which is not inside the folder [checksums]"
    ]


def test_a_file_named_twice_is_found(folder):
    lines = (folder / CHECKSUMS).read_text().splitlines()
    (folder / CHECKSUMS).write_text("\n".join([*lines, lines[1]]) + "\n")

    assert messages_of(folder, "checksums") == [f"{CHECKSUMS}: names a file twice [checksums]"]


@pytest.mark.parametrize("content", [b"", b"nonsense\n", b"\xff\xfe\n", b"0" * 70 + b"\n"])
def test_a_broken_checksum_file_is_found(folder, content):
    (folder / CHECKSUMS).write_bytes(content)

    assert not verify(folder).ok


def test_a_folder_without_checksums_is_found(folder):
    (folder / CHECKSUMS).unlink()

    assert checks_of(folder) == {("checksums", CHECKSUMS)}


def test_a_file_without_the_canary_is_found(folder):
    path = folder / "lm_eval/utils.py"
    path.write_text(path.read_text().replace(CANARY, ""))
    hash_again(folder)

    assert checks_of(folder) == {("canary", "lm_eval/utils.py"), ("copies", "lm_eval/utils.py")}


def test_items_held_back_may_not_be_in_the_folder(folder):
    (folder / "holdout.jsonl").write_text(CANARY)
    hash_again(folder)

    assert checks_of(folder) == {("extra", "holdout.jsonl")}


def test_a_commitment_to_items_held_back_verifies(tmp_path):
    recipe = replace(sound_content().manifest.recipe, holdout_share=0.1)
    made = sound_content(holdout={"items": 4, "commitment": "ab" * 32}, recipe=recipe)

    assert verify(written(tmp_path, made)).findings == ()


def test_what_is_no_release_is_found(tmp_path):
    assert checks_of(tmp_path) == {("manifest", "release.json"), ("checksums", CHECKSUMS)}
    assert not verify(tmp_path / "nowhere").ok


def test_findings_move_no_cursor(folder):
    (folder / "\x1b[2Jname").write_text("x")
    edit_rows(folder / GB, lambda rows: rows[1].update(period="\x1b[31mred"))
    hash_again(folder)

    assert all("\x1b" not in str(finding) for finding in verify(folder).findings)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
@given(data=st.data())
def test_verify_finds_any_damage_and_never_raises(sound, tmp_path_factory, data):
    target = tmp_path_factory.mktemp("damaged") / "release"
    shutil.copytree(sound, target)
    name = data.draw(st.sampled_from(sorted(files_of(target))))
    content = (target / name).read_bytes()
    start = data.draw(st.integers(0, len(content) - 1))
    length = data.draw(st.integers(0, 40))
    noise = data.draw(st.binary(max_size=40))
    damaged = content[:start] + noise + content[start + length :]
    (target / name).write_bytes(damaged)

    report = verify(target)

    assert report.ok is (damaged == content) or name == CHECKSUMS
    shutil.rmtree(target)


def test_a_release_without_pairs_verifies(tmp_path):
    made = replace(sound_content(preferences={}, recipe=Recipe(recent_from="2023-01-01")), train=(), test=())
    made = replace(made, manifest=replace(made.manifest, gates=()))

    assert verify(written(tmp_path, made)).findings == ()
