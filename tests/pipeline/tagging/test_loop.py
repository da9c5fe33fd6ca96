"""The tagging loop."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.records import DocumentRecord
from pipeline.tagging.loop import TAG_CHARACTERS, TaggingResult, tag_documents

NAMES = "abcdef"


class Tagger:
    """Proposes what it was told, and merges by one list a round; the last list goes for all later rounds."""

    version = "told-1"

    def __init__(self, proposals: Mapping[int, tuple[str, ...]], *merges: Mapping[str, str]) -> None:
        self.proposals = proposals
        self.merges = merges
        self.shown: list[dict[str, int]] = []

    def propose(self, documents: Sequence[DocumentRecord]) -> Iterator[tuple[int, tuple[str, ...]]]:
        yield from self.proposals.items()

    def consolidate(self, tag_counts: Mapping[str, int]) -> Mapping[str, str]:
        self.shown.append(dict(tag_counts))
        return self.merges[min(len(self.shown), len(self.merges)) - 1] if self.merges else {}


def run(tagger: Tagger, keys: Sequence[int] = (1, 2, 3), rounds: int = 3) -> TaggingResult:
    documents = [DocumentRecord(key, "GB", "en", "A text.") for key in keys]
    return tag_documents(documents, tagger=tagger, rounds=rounds)


def test_tag_documents_consolidates_and_keeps_every_round() -> None:
    tagger = Tagger(
        {1: ("bus", "fare"), 2: ("buses",), 3: ("fares", "bus")}, {"buses": "bus", "fares": "fare"}, {}
    )

    found = run(tagger)

    assert found.assignments == {1: ("bus", "fare"), 2: ("bus",), 3: ("fare", "bus")}
    assert [list(tags.items()) for tags in found.rounds] == [
        [("bus", 2), ("buses", 1), ("fare", 1), ("fares", 1)],
        [("bus", 3), ("fare", 2)],
    ]
    assert tagger.shown == [dict(tags) for tags in found.rounds]


def test_tag_documents_has_an_entry_for_every_document_and_for_no_other() -> None:
    found = run(Tagger({1: ("bus",), 9: ("comet",)}))

    assert (found.assignments, found.rounds) == ({1: ("bus",), 2: (), 3: ()}, ({"bus": 1},))


def test_tags_are_cleaned_cut_and_distinct() -> None:
    long = "x" * (TAG_CHARACTERS + 10)

    found = run(Tagger({1: ("  night \n bus", "night bus", "", " ", long)}), keys=[1])

    assert found.assignments[1] == ("night bus", "x" * TAG_CHARACTERS)


def test_tags_that_become_one_are_kept_once() -> None:
    assert run(Tagger({1: ("bus", "coach", "fare")}, {"coach": "bus", "fare": "bus"}), [1]).assignments == {
        1: ("bus",)
    }


def test_chain_is_followed_to_its_end() -> None:
    found = run(Tagger({1: ("a",), 2: ("b",), 3: ("c",)}, {"a": "b", "b": "c", "c": "d"}), rounds=1)

    assert found.rounds[-1] == {"d": 3}


@pytest.mark.parametrize(
    ("proposals", "expected"),
    [
        ({1: ("a",), 2: ("b",), 3: ("b",)}, "b"),
        ({1: ("a",), 2: ("a",), 3: ("b",)}, "a"),
        ({1: ("a",), 2: ("b",)}, "b"),  # as common: the last by name
        ({1: ("x",), 2: ("a",), 3: ("a",)}, "a"),  # a chain into the circle
    ],
)
def test_in_a_circle_the_commonest_tag_takes_all(
    proposals: dict[int, tuple[str, ...]], expected: str
) -> None:
    found = run(Tagger(proposals, {"a": "b", "b": "a", "x": "a"}), rounds=1)

    assert {tag for tags in found.assignments.values() for tag in tags} == {expected}


@pytest.mark.parametrize(
    "merges", [{"bus": "bus"}, {"bus": ""}, {"bus": "  "}, {"bus": " bus "}, {"tram": "bus"}]
)
def test_merge_that_says_nothing_ends_the_loop(merges: dict[str, str]) -> None:
    found = run(Tagger({1: ("bus",)}, merges))

    assert found.rounds == ({"bus": 1},)


def test_loop_ends_after_so_many_rounds_though_the_tagger_never_settles() -> None:
    tagger = Tagger({1: ("a",)}, {"a": "b"}, {"b": "a"}, {"a": "b"}, {"b": "a"})

    found = run(tagger, rounds=3)

    assert found.rounds == ({"a": 1}, {"b": 1}, {"a": 1}, {"b": 1})


def test_no_rounds_leave_the_open_tags() -> None:
    tagger = Tagger({1: ("bus",)}, {"bus": "tram"})

    assert run(tagger, rounds=0).rounds == ({"bus": 1},)
    assert tagger.shown == []


def test_nothing_proposed_asks_nothing() -> None:
    tagger = Tagger({})

    assert run(tagger).rounds == ({},)
    assert tagger.shown == []


def test_rounds_below_zero_are_refused() -> None:
    with pytest.raises(ValueError, match="rounds must be 0 or more, not -1"):
        run(Tagger({}), rounds=-1)


TAGS = st.lists(st.sampled_from(NAMES), max_size=4).map(tuple)
MERGES = st.dictionaries(st.sampled_from(NAMES), st.sampled_from([*NAMES, "g", ""]))


@given(st.dictionaries(st.integers(1, 5), TAGS), st.lists(MERGES, max_size=4), st.integers(0, 5))
def test_loop_ends_and_its_last_round_counts_the_assignments(
    proposals: dict[int, tuple[str, ...]], merges: list[dict[str, str]], rounds: int
) -> None:
    found = run(Tagger(proposals, *merges), keys=range(1, 6), rounds=rounds)

    assert 1 <= len(found.rounds) <= (rounds + 2 if rounds else 1)
    assert set(found.assignments) == set(range(1, 6))
    counted = {tag: sum(tag in tags for tags in found.assignments.values()) for tag in found.rounds[-1]}
    assert found.rounds[-1] == counted
    assert {tag for tags in found.assignments.values() for tag in tags} == set(counted)
    assert list(counted.items()) == sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    assert {key for key, tags in found.assignments.items() if tags} == {
        k for k, tags in proposals.items() if tags
    }


@given(st.dictionaries(st.integers(1, 5), TAGS), MERGES)
def test_one_list_of_merges_settles_after_one_round(
    proposals: dict[int, tuple[str, ...]], merges: dict[str, str]
) -> None:
    found = run(Tagger(proposals, merges), keys=range(1, 6), rounds=5)

    single = found.rounds[-1]
    assert len(found.rounds) <= 3
    if not any(merges.get(tag, tag) not in {tag, ""} for tag in found.rounds[0]):
        assert len(found.rounds) <= 2
    for tags in found.assignments.values():  # a tag of one document stands where no commoner one does
        assert len({single[tag] > 1 for tag in tags}) <= 1


@given(st.lists(st.sampled_from(NAMES), max_size=6), MERGES)
def test_tags_joined_by_a_chain_or_a_circle_end_as_one(more: list[str], merges: dict[str, str]) -> None:
    tags = [*NAMES, *more]

    found = run(
        Tagger({key: (tag,) for key, tag in enumerate(tags)}, merges), keys=range(len(tags)), rounds=1
    )

    ends = {tag: found.assignments[key] for key, tag in enumerate(tags)}
    assert [ends[tag] for tag in merges if merges[tag]] == [
        ends.get(target, (target,)) for target in merges.values() if target
    ]
    assert {tag: ends[tag] for tag in NAMES if not merges.get(tag)} == {
        tag: (tag,) for tag in NAMES if not merges.get(tag)
    }
