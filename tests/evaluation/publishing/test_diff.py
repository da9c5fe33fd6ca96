"""Two releases compared item by item, and the changelog of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.publishing.diff import Kind, changelog_lines, diff, diff_contents
from tests.evaluation.publishing.content import content, reworded, row, rows


def _kinds(found):
    return [(change.kind, change.old_id, change.new_id) for change in found.changes]


def test_diff_tells_added_removed_and_unchanged_items():
    old, new = [row(n=1), row(n=2)], [row(n=2), row(n=3)]

    found = diff(iter(old), iter(new))

    assert _kinds(found) == [(Kind.ADDED, "", new[1].id), (Kind.REMOVED, old[0].id, "")]
    assert found.counts() == {
        "added": 1,
        "removed": 1,
        "reworded": 0,
        "relabelled": 0,
        "described": 0,
        "unchanged": 1,
    }
    assert found.changes[0].key == new[1].id


def test_diff_ignores_what_belongs_to_a_release():
    item = row(n=1)

    found = diff([item], [replace(item, canary="another", annotators=("annotator-9",))])

    assert (found.is_empty, found.unchanged) == (True, 1)


def test_diff_lists_the_fields_of_a_reworded_item():
    item = row(n=1)
    other = reworded(item, 1, question="Why?", outlet="New Post")

    found = diff([item], [other])

    assert _kinds(found) == [(Kind.REWORDED, item.id, other.id)]
    assert dict(found.changes[0].fields) == {
        "question": (item.question, "Why?"),
        "outlet": (item.outlet, "New Post"),
    }


def test_diff_pairs_items_of_one_origin_by_what_they_share():
    first, second = row(n=1), replace(row(n=2), origin=row(n=1).origin)
    old = [first, second]
    new = [
        reworded(second, 1, question="Why?"),
        reworded(first, 2, statement="Other."),
        row(n=3, origin=first.origin),
    ]

    found = diff(old, new)

    assert {(change.kind, change.old_id, change.new_id) for change in found.changes} == {
        (Kind.REWORDED, first.id, new[1].id),
        (Kind.REWORDED, second.id, new[0].id),
        (Kind.ADDED, "", new[2].id),
    }


def test_diff_finds_the_same_words_under_another_nation():
    item = row("GB", 1)
    moved = replace(item, id="f" * 32, origin="e" * 32, nation="US")

    found = diff([item], [moved])

    assert _kinds(found) == [(Kind.RELABELLED, item.id, moved.id)]
    assert dict(found.changes[0].fields) == {"nation": ("GB", "US")}


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"source_type": "official"}, Kind.RELABELLED),
        ({"language": "fr"}, Kind.RELABELLED),
        ({"speaker": "Else"}, Kind.DESCRIBED),
        ({"is_contested": True}, Kind.DESCRIBED),
        ({"topic": "other", "period": "earlier"}, Kind.DESCRIBED),
        ({"votes": {"valid": 1}}, Kind.DESCRIBED),
        ({"text": "Another article."}, Kind.DESCRIBED),
    ],
)
def test_diff_tells_labels_from_descriptions(changes, kind):
    item = row(n=3)

    found = diff([item], [replace(item, **changes)])

    assert [(change.kind, list(change.fields)) for change in found.changes] == [
        (kind, sorted(changes, key=list(found.changes[0].fields).index))
    ]


def test_diff_tells_long_texts_by_digest():
    item = row(n=1, text="x" * 5000)

    before, after = diff([item], [replace(item, text="")]).changes[0].fields["text"]

    assert (len(before), after) == (32, "")


def test_diff_of_contents_sees_another_part():
    moved = row(n=300)
    old = content([row(n=1), moved], train=[], test=[])
    new = content([row(n=1)], train=[moved], test=[])

    found = diff_contents(old, new)

    assert _kinds(found) == [(Kind.RELABELLED, moved.id, moved.id)]
    assert dict(found.changes[0].fields) == {"part": ("evaluation", "train")}
    assert found.unchanged == 1


@given(st.sets(st.integers(0, 30)), st.sets(st.integers(0, 30)), st.randoms())
def test_diff_accounts_for_every_item_in_any_order(before, after, random):
    old, new = (
        [row(n=n) for n in sorted(before)],
        [row(n=n, outlet="X" if n % 4 else "Y") for n in sorted(after)],
    )
    shuffled = [*new]
    random.shuffle(shuffled)

    found = diff(old, new)

    counts = found.counts()
    assert diff(reversed(old), shuffled) == found
    assert counts["unchanged"] + counts["described"] + counts["removed"] == len(old)
    assert counts["unchanged"] + counts["described"] + counts["added"] == len(new)
    assert diff(new, new).is_empty


def test_changelog_lines_gather_changes_by_kind_and_cause():
    new = sorted(rows(2), key=lambda item: item.id)[:5]
    found = diff([row(n=50)], new)

    lines = changelog_lines(found, {change.key: "new decision" for change in found.of(Kind.ADDED)[:4]})

    slices = sorted(f"{item.nation.lower()}/{item.source_type}" for item in new)
    assert len(lines) == 3
    assert lines[0].startswith("4 items added: 1 in ")
    assert "cause: new decision" in lines[0]
    assert lines[0].endswith(", ...]")
    assert lines[1].startswith("1 item added: 1 in ")
    assert lines[2] == f"1 item removed: 1 in gb/quoted [{row(n=50).id[:12]}]"
    assert all(any(path in line for line in lines[:2]) for path in slices)


def test_changelog_lines_name_the_fields_and_are_empty_for_a_first_release():
    item = row(n=1)

    lines = changelog_lines(diff([item], [replace(item, topic="x", outlet="y")]), {})

    assert lines == (f"1 item described (outlet, topic): 1 in gb/quoted [{item.id[:12]}]",)
    assert changelog_lines(None, {}) == ()


def test_changelog_lines_do_not_mix_the_fields_of_different_items():
    first, second, third = row(n=1), row(n=2), row(n=3)
    found = diff(
        [first, second, third],
        [replace(first, outlet="x"), replace(second, topic="y"), replace(third, topic="z")],
    )

    lines = changelog_lines(found, {})

    assert [line.partition(":")[0] for line in lines] == [
        "2 items described (topic)",
        "1 item described (outlet)",
    ]
