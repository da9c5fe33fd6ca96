"""New documents join topics, whatever their number and order, and strangers stay outside."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.embedding.hybrid import HybridEmbedder
from pipeline.records import DocumentRecord
from pipeline.topics.join import join_topics, needs_new_topics
from pipeline.topics.parameters import TopicParameters
from tests.themes import STRANGE, THEMES, text_about

NAMES = list(THEMES)


def document(key: int, words: str, language: str = "en") -> DocumentRecord:
    return DocumentRecord(key, "GB", language, text_about(words, key))


FOUNDERS = [document(key, THEMES[NAMES[key % 4]]) for key in range(80)]
MEMBERS = {100 + number: {key for key in range(80) if key % 4 == number} for number in range(4)}
NEWCOMERS = [document(key, THEMES[NAMES[key % 4]]) for key in range(1_000, 1_012)]


def join(newcomers: list[DocumentRecord]) -> dict[int, tuple[int, float]]:
    return join_topics(FOUNDERS, MEMBERS, newcomers, embedder=HybridEmbedder(), parameters=TopicParameters())


def test_newcomers_join_the_topic_of_their_subject() -> None:
    joined = join(NEWCOMERS)

    assert {key: topic for key, (topic, _) in joined.items()} == {
        document.key: 100 + document.key % 4 for document in NEWCOMERS if document.key in joined
    }
    assert len(joined) >= 10  # nearly all lie as close as nearly all founders do
    assert all(0 < strength <= 1 for _, strength in joined.values())


def test_stranger_joins_no_topic() -> None:
    assert join([document(2_000, STRANGE)]) == {}


@settings(max_examples=15, deadline=None)
@given(st.permutations(range(len(NEWCOMERS))), st.integers(0, len(NEWCOMERS)))
def test_it_does_not_matter_how_many_come_at_once(order: list[int], cut: int) -> None:
    mixed = [NEWCOMERS[at] for at in order]

    assert join(mixed[:cut]) | join(mixed[cut:]) == join(NEWCOMERS)


def test_without_topics_or_newcomers_there_is_nothing_to_join() -> None:
    assert join([]) == {}
    assert join_topics(FOUNDERS, {}, NEWCOMERS, embedder=HybridEmbedder(), parameters=TopicParameters()) == {}


def test_newcomer_in_another_language_or_known_before_is_refused() -> None:
    with pytest.raises(ValueError, match="one nation and language"):
        join([document(2_000, STRANGE, "fr")])
    with pytest.raises(ValueError, match="same key"):
        join([document(7, STRANGE)])


@pytest.mark.parametrize(
    ("founders", "outliers", "newcomers", "strangers", "is_anew"),
    [
        (39, 0, 1, 0, True),  # a small corpus is made anew at once
        (400, 40, 100, 10, False),
        (400, 40, 101, 10, True),  # grown by more than a quarter
        (400, 40, 60, 13, False),  # strangers too few for two topics of seven
        (400, 40, 60, 22, True),
        (400, 200, 60, 22, False),  # outliers were common before
    ],
)
def test_topics_are_made_anew_when_the_corpus_has_changed(
    founders: int, outliers: int, newcomers: int, strangers: int, is_anew: bool
) -> None:
    assert (
        needs_new_topics(
            TopicParameters(),
            founders=founders,
            outliers=outliers,
            newcomers=newcomers,
            strangers=strangers,
        )
        is is_anew
    )
