"""Causes over several versions: each step's own, in order, and what is not known of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from evaluation.publishing.diff import diff
from evaluation.publishing.rows import ReleaseRow
from evaluation.publishing.steps import cause_over, steps_of
from tests.evaluation.publishing.content import MemoryContent, content, row

ITEM = row("GB", 1)
OTHER = row("GB", 2)


def version(
    number: int, rows: Sequence[ReleaseRow], causes: Mapping[str, str] | None = None
) -> MemoryContent:
    made = content([OTHER, *rows], train=[], test=[])
    manifest = replace(
        made.manifest,
        name="park",
        version=f"{number}.0.0",
        previous=f"park@{number - 1}.0.0" if number > 1 else "",
        causes=causes or {},
    )
    return replace(made, manifest=manifest)


def worded(question: str) -> ReleaseRow:
    return replace(ITEM, id=f"{question:a>32}", question=question)


def told(*versions: MemoryContent, old: Sequence[ReleaseRow], missing: str = "") -> list[str]:
    """Causes of what differs between ``old`` and the last version."""
    last = [item for where in versions[-1].slices() for item in versions[-1].rows(where)]
    found = diff([OTHER, *old], last)
    steps = steps_of(versions, found, missing)
    return [cause_over(change, steps) for change in found.changes]


def test_each_version_tells_what_it_changed():
    first, second, third = worded("1"), worded("2"), worded("3")
    versions = (
        version(1, [first]),
        version(2, [second], {second.id: "corrected by ann"}),
        version(3, [third], {third.id: "corrected by bob", "f": "another"}),
    )
    assert told(*versions, old=[first]) == [
        "in park@2.0.0: corrected by ann; in park@3.0.0: corrected by bob"
    ]


def test_an_item_that_was_reworded_and_then_removed_is_followed():
    first, second = worded("1"), worded("2")
    versions = (
        version(1, [first]),
        version(2, [second], {second.id: "corrected by ann"}),
        version(3, [], {second.id: "refused by bob"}),
    )
    assert told(*versions, old=[first]) == ["in park@2.0.0: corrected by ann; in park@3.0.0: refused by bob"]


def test_an_item_that_went_and_came_again_has_the_cause_of_its_coming():
    versions = (
        version(1, []),
        version(2, [ITEM], {ITEM.id: "approved by ann"}),
        version(3, [], {ITEM.id: "refused by bob"}),
        version(4, [ITEM], {ITEM.id: "approved by eve"}),
    )
    assert told(*versions, old=[]) == ["in park@4.0.0: approved by eve"]
    assert told(*versions[:3], version(4, []), old=[ITEM]) == ["in park@3.0.0: refused by bob"]


def test_an_item_that_moved_to_another_document_is_followed():
    moved = replace(ITEM, id="b" * 32, origin="c" * 32, nation="US")
    later = replace(moved, outlet="Z")
    versions = (
        version(1, [ITEM]),
        version(2, [moved], {moved.id: "the record of its document: url"}),
        version(3, [later], {moved.id: "the record of its document: outlet"}),
    )
    assert told(*versions, old=[ITEM]) == [
        "in park@2.0.0: the record of its document: url; in park@3.0.0: the record of its document: outlet"
    ]


def test_a_version_that_is_not_here_leaves_the_rest_known():
    first, second = worded("1"), worded("2")
    third = version(3, [second], {second.id: "corrected by ann"})
    assert told(third, version(4, [second]), old=[first], missing="park@2.0.0") == [
        "in park@2.0.0: not known, for it is not here; in park@3.0.0: corrected by ann"
    ]
    gone = version(3, [], {first.id: "refused by bob"})
    assert told(gone, old=[first], missing="park@2.0.0") == ["in park@3.0.0: refused by bob"]


def test_nothing_is_told_where_no_step_tells():
    assert told(version(1, [ITEM]), version(2, []), old=[ITEM]) == [""]
    assert told(version(3, []), old=[ITEM], missing="park@2.0.0") == [""]


def test_an_item_held_apart_for_training_is_followed():
    taught = content([OTHER], train=[ITEM], test=[])
    name = {"name": "park", "version": "2.0.0", "previous": "park@1.0.0"}
    second = replace(
        taught, manifest=replace(taught.manifest, **name, causes={ITEM.id: "parts were drawn anew"})
    )
    old, new = version(1, [ITEM]), version(3, [], {ITEM.id: "refused by bob"})
    found = diff([ITEM], [])
    steps = steps_of([old, second, new], found)
    assert [cause_over(change, steps) for change in found.changes] == [
        "in park@2.0.0: parts were drawn anew; in park@3.0.0: refused by bob"
    ]
