from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evaluation.publishing.files import CHECKSUMS, files_of
from evaluation.publishing.recipe import Recipe
from evaluation.publishing.verify import verify
from tests.evaluation.publishing.content import CANARY
from tests.evaluation.publishing.written import edit_object, edit_rows, hash_again, sound_content, written

GB = "data/gb/quoted.jsonl"


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    return written(tmp_path_factory.mktemp("sound"))


@pytest.fixture
def folder(sound, tmp_path):
    target = tmp_path / sound.name
    shutil.copytree(sound, target)
    return target


def _checks(folder: Path) -> set[tuple[str, str]]:
    return {(finding.check, finding.path) for finding in verify(folder).findings}


def _messages(folder: Path, check: str) -> list[str]:
    return [str(finding) for finding in verify(folder).findings if finding.check == check]


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

    assert ("hash", name) in _checks(folder)


def test_a_missing_and_an_extra_file_are_found(folder):
    (folder / "inspect/navab.py").unlink()
    (folder / "notes.txt").write_text(CANARY)

    assert _checks(folder) == {("missing", "inspect/navab.py"), ("extra", "notes.txt")}


def test_links_are_found_and_not_followed(folder, tmp_path):
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "inside.txt").write_text("x")
    (folder / "link").symlink_to(secret)
    (folder / GB).unlink()
    (folder / GB).symlink_to(tmp_path / "elsewhere")

    found = _checks(folder)

    assert {("links", "link"), ("links", GB), ("missing", GB)} <= found
    assert not any("inside.txt" in path for _, path in found)


def test_a_pipe_in_the_folder_does_not_block(folder):
    os.mkfifo(folder / "pipe")
    (folder / "release.json").unlink()
    os.mkfifo(folder / "release.json")

    assert {("files", "pipe"), ("manifest", "release.json")} <= _checks(folder)


@pytest.mark.parametrize("path", ["../outside", "/etc/hostname", "data/../../x", "a\\b"])
def test_a_checksum_of_a_path_outside_is_found(folder, path):
    with (folder / CHECKSUMS).open("a") as file:
        file.write(f"{'0' * 64}  {path}\n")

    assert _messages(folder, "checksums") == [
        f"{CHECKSUMS}: names {path!r}, which is not inside the folder [checksums]"
    ]


def test_a_file_named_twice_is_found(folder):
    lines = (folder / CHECKSUMS).read_text().splitlines()
    (folder / CHECKSUMS).write_text("\n".join([*lines, lines[1]]) + "\n")

    assert _messages(folder, "checksums") == [f"{CHECKSUMS}: names a file twice [checksums]"]


@pytest.mark.parametrize("content", [b"", b"nonsense\n", b"\xff\xfe\n", b"0" * 70 + b"\n"])
def test_a_broken_checksum_file_is_found(folder, content):
    (folder / CHECKSUMS).write_bytes(content)

    assert not verify(folder).ok


def test_a_folder_without_checksums_is_found(folder):
    (folder / CHECKSUMS).unlink()

    assert _checks(folder) == {("checksums", CHECKSUMS)}


def _spoiled(folder, name, edit):
    edit_rows(folder / name, edit)
    hash_again(folder)
    return folder


def _set(**values):
    return lambda rows: rows[1].update(values)


@pytest.mark.parametrize(
    ("edit", "finding"),
    [
        (_set(extra=1), "line 2: unknown fields: extra [rows]"),
        (lambda rows: rows[1].pop("topic"), "line 2: fields are missing: topic [rows]"),
        (_set(topic=None), "line 2: topic is None, not of type str [rows]"),
        (_set(period="soon"), "line 2: period is 'soon'; known: recent, earlier, undated [rows]"),
        (_set(statement=" "), "line 2: statement is empty [rows]"),
        (_set(votes={"valid": -1}), "line 2: votes has valid: -1; votes are counted [rows]"),
        (_set(votes={"fine": 1}), "line 2: votes has unknown labels: fine [rows]"),
        (_set(annotators=[3]), "line 2: annotators has something that is no text [rows]"),
        (_set(speaker="\ud800"), None),
    ],
)
def test_a_row_that_is_none_is_found_with_its_line(folder, edit, finding):
    path = folder / GB
    found = [json.loads(line) for line in path.read_text().splitlines()]
    edit(found)
    lines = (json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in found)
    path.write_bytes("".join(lines).encode("utf-8", "surrogatepass"))
    hash_again(folder)

    messages = _messages(folder, "rows")

    assert messages == ([f"{GB}, {finding}"] if finding else messages)
    assert len(messages) == 1
    assert ("counts", GB) in _checks(folder)


@pytest.mark.parametrize(
    ("edit", "check"),
    [
        (lambda rows: rows.append(rows[-1]), "ids"),
        (lambda rows: rows.reverse(), "ids"),
        (_set(nation="US"), "splits"),
        (_set(source_type="official"), "splits"),
        (_set(canary="another"), "canary"),
        (lambda rows: rows[0].update(text="The article.", disclosure="span", evidence=""), "disclosure"),
        (lambda rows: rows[0].update(text="", evidence="Words.", disclosure="reference"), "disclosure"),
        (lambda rows: rows[0].update(evidence="x" * 501, disclosure="full_text"), "disclosure"),
        (lambda rows: [row.update(period="recent") for row in rows], "period"),
        (lambda rows: rows.pop(), "counts"),
        (lambda rows: rows[0].update(statement="Other words."), "copies"),
    ],
)
def test_a_row_that_does_not_belong_is_found(folder, edit, check):
    _spoiled(folder, GB, edit)

    found = _checks(folder)

    assert check in {name for name, path in found if path == GB or check == "copies"}
    assert not {name for name, _ in found} & {"hash", "rows"}


def test_items_the_recipe_does_not_take_are_found(folder):
    edit_object(
        folder / "release.json", lambda value: value["recipe"].update(nations=["CN", "US", "FR", "DE"])
    )
    hash_again(folder)

    assert {path for check, path in _checks(folder) if check == "recipe"} == {
        GB,
        "data/gb/official.jsonl",
        "dpo/train.jsonl",
        "dpo/test.jsonl",
    }


def test_parts_that_share_an_article_topic_or_wording_are_found(tmp_path):
    made = sound_content()
    item, other, third = made.evaluation[:3]
    train = [
        replace(made.train[0], article=item.article),
        replace(made.train[1], nation=other.nation, topic=other.topic),
        replace(made.train[2], language=third.language, statement=f"{third.statement}!"),
        *made.train[3:],
    ]
    folder = written(tmp_path, replace(made, train=tuple(train)))

    messages = _messages(folder, "overlap")

    assert [message.split()[1] for message in messages] == ["article", "topic", "near_copy"]
    assert all(train[place].id in message for place, message in enumerate(messages))


def test_train_and_test_that_share_a_topic_are_found(tmp_path):
    made = sound_content()
    test = (replace(made.test[0], topic=made.train[0].topic), *made.test[1:])

    messages = _messages(written(tmp_path, replace(made, test=test)), "overlap")

    assert len(messages) == 1
    assert messages[0].startswith(f"dpo/test.jsonl: topic '{made.train[0].nation}: ")


@pytest.mark.parametrize(
    ("name", "check"),
    [
        ("csv/gb/quoted.csv", "copies"),
        ("parquet/gb/quoted.parquet", "copies"),
        ("paper/UK/human_statement_result.json", "copies"),
        ("llama_factory/navab_train.json", "copies"),
        ("passports/gb/quoted.jsonl", "passports"),
        ("passports/preferences.jsonl", "passports"),
    ],
)
@pytest.mark.parametrize("damage", ["gone", "cut", "of another slice", "noise", "empty"])
def test_a_copy_that_differs_is_found(folder, name, check, damage):
    path = folder / name
    if damage == "gone":
        path.unlink()
        check = "missing"
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    elif damage == "of another slice":
        other = {"gb": "us", "UK": "US", "train": "test", "preferences": "gb/quoted"}
        source = name
        for ours, theirs in other.items():
            source = source.replace(ours, theirs)
        path.write_bytes((folder / source).read_bytes())
    elif damage == "noise":
        path.write_bytes(b"\xff\x00" * 3000 + CANARY.encode())
    else:
        path.write_bytes(b"")
    hash_again(folder)

    assert (check, name) in _checks(folder)


@pytest.mark.parametrize(
    ("name", "edit", "check"),
    [
        ("release.json", lambda value: value["counts"].update({"gb/quoted": 5}), "counts"),
        ("release.json", lambda value: value["counts"].update({"fr/official": 1}), "missing"),
        ("release.json", lambda value: value["counts"].pop("gb/quoted"), "splits"),
        ("release.json", lambda value: value["counts"].update({"../../etc/quoted": 1}), "rows"),
        ("release.json", lambda value: value["preferences"].update(train=3), "counts"),
        ("release.json", lambda value: value["preferences"].update(holdout=3), "splits"),
        ("release.json", lambda value: value.update(version="1.2"), "manifest"),
        ("release.json", lambda value: value.update(canary=""), "manifest"),
        ("release.json", lambda value: value.update(counts=[1]), "manifest"),
        ("release.json", lambda value: value.update(format=2), "manifest"),
        ("release.json", lambda value: value.update(holdout={"items": 4}), "manifest"),
        ("release.json", lambda value: value["recipe"].update(seed=-1), "manifest"),
        ("release.json", lambda value: value["gates"][0].update(value=0.123), "gates"),
        ("release.json", lambda value: value["gates"][0].update(passed=False), "gates"),
        ("release.json", lambda value: value["gates"].pop(0), "gates"),
        ("release.json", lambda value: value["recipe"]["gates"].update(min_items=3), "gates"),
        ("release.json", lambda value: value.update(name="../../evil"), "manifest"),
        ("release.json", lambda value: value.update(name=""), "manifest"),
        ("release.json", lambda value: value.update(causes={"a": 1}), "manifest"),
        ("release.json", lambda value: value.update(version="01.2.0"), "manifest"),
        ("release.json", lambda value: value["recipe"].update(holdout_share=0.1), "manifest"),
        (
            "release.json",
            lambda value: value.update(holdout={"items": 1, "commitment": "ab" * 32}),
            "manifest",
        ),
        ("release.json", lambda value: value.update(holdout={"note": "none"}), "manifest"),
        ("croissant.json", lambda value: value["distribution"][0].update(sha256="0" * 64), "copies"),
        ("croissant.json", lambda value: value.pop("distribution"), "copies"),
    ],
)
def test_a_description_that_does_not_agree_is_found(folder, name, edit, check):
    edit_object(folder / name, edit)
    hash_again(folder)

    assert check in {found for found, _ in _checks(folder)}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("path: data/gb/quoted.jsonl", "path: data/us/quoted.jsonl"),
        ("path: data/gb/quoted.jsonl", "path: data/gb/none.jsonl"),
        ("split: quoted", "split: official"),
        ("config_name: gb", "config_name: uk"),
        ("---\n", "+++\n"),
        ("configs:", "configs: &a [*a]\nother:"),
    ],
)
def test_a_card_whose_configurations_lead_elsewhere_is_found(folder, before, after):
    path = folder / "README.md"
    path.write_text(path.read_text().replace(before, after))
    hash_again(folder)

    assert ("copies", "README.md") in _checks(folder)


def test_a_file_without_the_canary_is_found(folder):
    path = folder / "lm_eval/utils.py"
    path.write_text(path.read_text().replace(CANARY, ""))
    hash_again(folder)

    assert _checks(folder) == {("canary", "lm_eval/utils.py"), ("copies", "lm_eval/utils.py")}


def test_items_held_back_may_not_be_in_the_folder(folder):
    (folder / "holdout.jsonl").write_text(CANARY)
    hash_again(folder)

    assert _checks(folder) == {("extra", "holdout.jsonl")}


def test_a_commitment_to_items_held_back_verifies(tmp_path):
    recipe = replace(sound_content().manifest.recipe, holdout_share=0.1)
    made = sound_content(holdout={"items": 4, "commitment": "ab" * 32}, recipe=recipe)

    assert verify(written(tmp_path, made)).findings == ()


@pytest.mark.parametrize(
    "content", [b"\xff", b"{", b"[1]\n", b"[" * 100_000, b"null\n", b"{}" + b" " * (1 << 24)]
)
def test_a_line_that_is_no_row_is_found(folder, content):
    (folder / GB).write_bytes(content)
    hash_again(folder)

    assert ("rows", GB) in _checks(folder)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b"[" * 100_000, b'{"format": 1}'])
def test_a_manifest_that_is_none_is_found(folder, content):
    (folder / "release.json").write_bytes(content)

    report = verify(folder)

    assert ("manifest", "release.json") in {(finding.check, finding.path) for finding in report.findings}
    assert (report.label, report.ok) == ("", False)


def test_what_is_no_release_is_found(tmp_path):
    assert _checks(tmp_path) == {("manifest", "release.json"), ("checksums", CHECKSUMS)}
    assert not verify(tmp_path / "nowhere").ok


def test_many_findings_of_one_kind_are_counted(folder):
    path = folder / GB
    path.write_text("nonsense\n" * 500)
    hash_again(folder)

    report = verify(folder)

    ours = [finding for finding in report.findings if finding.check == "rows"]
    assert len(ours) == 21
    assert ours[-1].message == "480 more findings of this kind"


def test_findings_move_no_cursor(folder):
    (folder / "\x1b[2Jname").write_text("x")
    _spoiled(folder, GB, _set(period="\x1b[31mred"))

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
