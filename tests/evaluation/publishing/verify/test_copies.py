"""What repeats or describes the rows: other formats, passports, manifest, card."""

from __future__ import annotations

import pytest

from evaluation.publishing.verify import verify
from tests.evaluation.publishing.content import CANARY
from tests.evaluation.publishing.verify.findings import checks_of
from tests.evaluation.publishing.written import edit_object, hash_again


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

    assert (check, name) in checks_of(folder)


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

    assert check in {found for found, _ in checks_of(folder)}


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

    assert ("copies", "README.md") in checks_of(folder)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b"[" * 100_000, b'{"format": 1}'])
def test_a_manifest_that_is_none_is_found(folder, content):
    (folder / "release.json").write_bytes(content)

    report = verify(folder)

    assert ("manifest", "release.json") in {(finding.check, finding.path) for finding in report.findings}
    assert (report.label, report.ok) == ("", False)
