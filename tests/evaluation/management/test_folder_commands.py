from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.evaluation.publishing.written import sound_content, written


def _call(*args: str) -> str:
    out = StringIO()
    call_command(*args, stdout=out)
    return out.getvalue()


# No test here is marked django_db: a query would fail.


def test_verify_release_needs_no_database(tmp_path):
    folder = written(tmp_path)

    files = sum(path.is_file() for path in folder.rglob("*"))
    assert (
        _call("verify_release", str(folder)) == f"harbour@1.2.0 verifies: {files} files, 36 items, 18 pairs\n"
    )
    assert json.loads(_call("verify_release", str(folder), "--json"))["ok"] is True


def test_verify_release_names_what_is_wrong_and_fails(tmp_path, capsys):
    folder = written(tmp_path)
    (folder / "extra.txt").write_text("x")
    out = StringIO()

    with pytest.raises(CommandError, match="does not verify: 2 findings") as caught:
        call_command("verify_release", str(folder), stdout=out)

    assert caught.value.returncode == 1
    assert out.getvalue().splitlines() == [
        "extra.txt: the canary string is not in it [canary]",
        "extra.txt: is not in checksums.sha256 [extra]",
    ]
    with pytest.raises(CommandError):
        call_command("verify_release", str(folder), "--json", stdout=out)
    assert [row["check"] for row in json.loads(out.getvalue().splitlines()[-1])["findings"]] == [
        "canary",
        "extra",
    ]


def test_overlap_release_reads_a_folder_and_text_files(tmp_path):
    made = sound_content()
    folder = written(tmp_path, made)
    leaked = next(item for item in made.evaluation if item.nation == "GB")
    (tmp_path / "a.txt").write_text(f"They wrote: {leaked.statement}\n")
    (tmp_path / "b.txt").write_text(f"nothing but {leaked.canary}")
    paths = [str(tmp_path / name) for name in ("a.txt", "b.txt")]

    report = json.loads(_call("overlap_release", str(folder), *paths, "--json"))
    told = _call("overlap_release", str(folder), *paths, "--words", "8")

    assert {item["id"] for item in report["items"]} == {
        item.id for item in (*made.evaluation, *made.train, *made.test) if item.statement == leaked.statement
    }
    assert report["canary_in"] == [paths[1]]
    assert report["slices"]["gb/quoted"]["touched"] == 1
    assert f"{paths[1]}: has the canary string" in told
    assert leaked.id in told


def test_overlap_release_says_what_it_cannot_read(tmp_path):
    folder = written(tmp_path)

    with pytest.raises(CommandError, match=r"none\.txt: No such file"):
        _call("overlap_release", str(folder), str(tmp_path / "none.txt"))
    with pytest.raises(CommandError, match=r"has no release\.json"):
        _call("overlap_release", str(tmp_path), str(folder / "README.md"))


@pytest.mark.django_db
def test_overlap_release_knows_no_other_release():
    with pytest.raises(
        CommandError, match="nowhere is no folder, and there is no release 'nowhere'; there are: none"
    ):
        _call("overlap_release", "nowhere", __file__)
