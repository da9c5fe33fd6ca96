"""What a release says changed: lines of its changelog and causes, forged apart from each other."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.publishing.checks.changes import read_line
from evaluation.publishing.diff import Kind, changelog_lines, diff
from evaluation.publishing.folder import read_manifest
from evaluation.publishing.formats.changelog import files as changelog_files
from evaluation.publishing.verify import verify
from tests.evaluation.publishing.content import row, rows
from tests.evaluation.publishing.verify.findings import messages_of
from tests.evaluation.publishing.written import edit_object, hash_again, sound_content, written

ITEM = row("CN", 0)  # was added
GONE = row("GB", 50)  # was removed


def _forged(folder, edit):
    """Findings of a release whose manifest was edited and every file that tells of it written again."""
    edit_object(folder / "release.json", edit)
    made = replace(sound_content(), manifest=read_manifest(folder))
    for name, pieces in changelog_files(made):
        (folder / name).write_bytes(b"".join(pieces))
    hash_again(folder)
    return messages_of(folder, "changes")


def test_the_sound_release_tells_of_every_kind_but_one_and_names_all_causes(sound):
    manifest = read_manifest(sound)
    lines = [read_line(line) for line in manifest.changes]

    assert {line.kind for line in lines} == set(Kind) - {Kind.RELABELLED}
    assert Counter(manifest.causes.values()) == Counter(
        {line.cause: sum(line.slices.values()) for line in lines}
    )


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (
            lambda value: value["causes"].update({ITEM.id: "a forged cause"}),
            "causes gives 1 items of cn/quoted the cause 'a forged cause'; changes says 0",
        ),
        (
            lambda value: value["causes"].update({GONE.id: "a forged cause"}),
            "causes gives 1 ids that are not here (removed) the cause 'a forged cause'; changes says 0",
        ),
        (
            lambda value: value["causes"].update({"0" * 32: value["causes"][ITEM.id]}),
            "causes gives 1 ids that are not here (removed) the cause",
        ),
        (
            lambda value: value["causes"].update({"0" * 32: value["causes"].pop(GONE.id)}),
            f"changes names {GONE.id[:12]!r} as removed for",
        ),
        (
            lambda value: value["causes"].update({row("US", 1).id: value["causes"].pop(ITEM.id)}),
            "causes gives 1 items of us/quoted the cause",
        ),
        (lambda value: value["causes"].pop(ITEM.id), "causes gives 3 items of cn/quoted the cause"),
        (
            lambda value: value["causes"].pop(GONE.id),
            "causes gives 1 ids that are not here (removed) the cause",
        ),
        (lambda value: value.pop("causes"), "causes gives 0 items of cn/official the cause"),
        (lambda value: value["changes"].pop(), "changes says 0"),
        (lambda value: value.update(changes=["1 removed"]), "'1 removed', which is no line of a changelog"),
        (lambda value: value["changes"].append("All is well."), "which is no line of a changelog"),
        (
            lambda value: value["changes"].append("2 items removed: 1 in gb/quoted [abc, def]"),
            "whose slices are not 2 items",
        ),
        (
            lambda value: value["changes"].append("2 items removed: 2 in gb/quoted [abc]"),
            "which does not name the first 3 of 2 items",
        ),
        (
            lambda value: value["changes"].append(f"1 item added: 1 in gb/quoted [{GONE.id[:12]}]"),
            f"changes names {GONE.id[:12]!r} as added",
        ),
        (lambda value: value.update(previous=""), "changes tells what changed since a release before, and"),
        (lambda value: value.update(previous="", changes=[]), "causes tells what changed since a release"),
        (lambda value: value.update(previous="harbor@1.1.0"), "which is no earlier version of harbour"),
        (lambda value: value.update(previous="harbour@1.2.0"), "which is no earlier version of harbour"),
        (lambda value: value.update(previous="harbour@1"), "which is no earlier version of harbour"),
    ],
)
def test_changes_and_causes_that_do_not_agree_are_found(folder, edit, message):
    found = _forged(folder, edit)

    assert any(message in line for line in found), found


def test_a_first_version_has_neither(tmp_path):
    made = sound_content(previous="", changes=(), causes={}, version="1.0.0")

    assert verify(written(tmp_path, made)).findings == ()


def test_another_version_of_the_software_may_have_kept_no_causes(tmp_path):
    made = sound_content(software="NaVAB 0.0.1", causes={})
    folder = written(tmp_path / "none", made)
    assert verify(folder).findings == ()
    line = "1 item added: 1 in gb/quoted [0123456789ab]"
    forged = sound_content(software="NaVAB 0.0.1", causes={}, changes=(*made.manifest.changes, line))
    assert messages_of(written(tmp_path / "named", forged), "changes") == [
        "release.json: changes names '0123456789ab' as added for '', which it is not [changes]"
    ]


@given(
    st.sets(st.sampled_from(range(36)), max_size=12),
    st.sets(st.sampled_from(range(36)), max_size=12),
    st.text(),
)
def test_lines_are_read_as_they_are_written(gone, relabelled, cause):
    new = rows()
    old = [
        replace(item, topic="another", language="fr" if at % 2 else item.language)
        if at in relabelled
        else item
        for at, item in enumerate(new)
        if at not in gone
    ]
    for before, after in ((old, new), (new, old)):
        found = diff(before, after)

        lines = [read_line(line) for line in changelog_lines(found, {c.key: cause for c in found.changes})]

        counted = Counter()
        for line in lines:
            assert line.cause == cause
            counted.update({(line.kind, where): number for where, number in line.slices.items()})
        assert counted == Counter(
            (change.kind, f"{change.nation.lower()}/{change.source_type}") for change in found.changes
        )
        ids = {(change.kind, change.key[:12]) for change in found.changes}
        assert {(line.kind, short) for line in lines for short in line.ids} <= ids
