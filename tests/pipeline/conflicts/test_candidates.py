"""Candidate pairs: bounded, deterministic, never copies."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.conflicts import candidate_pairs
from pipeline.conflicts.candidates import _svd_neighbours, _vectorize, features, normal_form
from pipeline.records import ConflictItem

WORDS = [
    "tax",
    "school",
    "border",
    "health",
    "energy",
    "court",
    "press",
    "army",
    "trade",
    "faith",
    "water",
    "land",
]


def item(key: int, text: str, **fields: object) -> ConflictItem:
    return ConflictItem(key, text, **{"language": "en", "block": "GB/1", **fields})  # type: ignore[arg-type]


def sentences(count: int, seed: int = 0) -> list[ConflictItem]:
    source = random.Random(seed)
    return [item(key, " ".join(source.choices(WORDS, k=6))) for key in range(1, count + 1)]


def test_candidate_pairs_finds_similar_statements_of_a_block():
    items = [
        item(3, "The state must protect free speech."),
        item(1, "Free speech must be limited by the state."),
        item(2, "Fish live in rivers."),
    ]
    pairs = list(candidate_pairs(items, floor=0.1))
    assert [(first, second) for first, second, _ in pairs] == [(1, 3)]


def test_candidate_pairs_keeps_blocks_and_languages_apart():
    text = "The state must protect free speech."
    items = [item(1, text), item(2, text, block="GB/2"), item(3, text, language="fr")]
    assert list(candidate_pairs(items)) == []


def test_candidate_pairs_drops_copies_but_not_two_speakers_in_one_text():
    text = "The state must protect free speech"
    items = [
        item(1, text, cluster=7, speaker="Ann"),
        item(2, text + " now", cluster=7, speaker="Ann"),
        item(3, text + " always", cluster=7, speaker="Bob"),
        item(4, text, cluster=7, speaker="Bob"),
        item(5, text, cluster=7),
    ]
    found = {(first, second) for first, second, _ in candidate_pairs(items, floor=0.1)}
    assert found == {(1, 3), (1, 4), (2, 3)}


def test_candidate_pairs_pairs_equal_normal_forms_at_similarity_one():
    items = [item(1, "Peace, now!"), item(2, "peace NOW"), item(3, "Peace now.")]
    assert list(candidate_pairs(items)) == [(1, 2, 1.0), (1, 3, 1.0), (2, 3, 1.0)]


def test_candidate_pairs_survives_empty_vocabularies_and_single_statements():
    items = [item(1, "…"), item(2, "!!"), item(3, ""), item(4, "alone", block="GB/9")]
    assert list(candidate_pairs(items)) == []


def test_candidate_pairs_meets_chinese_without_spaces():
    items = [
        item(1, "政府必须保护言论自由", language="zh"),
        item(2, "言论自由应受政府限制", language="zh"),
        item(3, "河里有鱼", language="zh"),
    ]
    assert [(a, b) for a, b, _ in candidate_pairs(items, floor=0.05)] == [(1, 2)]


@pytest.mark.parametrize(("neighbours", "floor"), [(0, 0.2), (5, 0.0), (5, 1.5)])
def test_candidate_pairs_refuses_senseless_limits(neighbours: int, floor: float):
    with pytest.raises(ValueError, match="must"):
        list(candidate_pairs([], neighbours=neighbours, floor=floor))


@settings(max_examples=15, deadline=None)
@given(st.integers(2, 60), st.integers(1, 6), st.integers(0, 99), st.randoms(use_true_random=False))
def test_candidate_pairs_is_bounded_ordered_unique_and_blind_to_input_order(
    count, neighbours, seed, shuffler
):
    items = sentences(count, seed)
    pairs = list(candidate_pairs(items, neighbours=neighbours, floor=0.1))
    shuffled = list(items)
    shuffler.shuffle(shuffled)
    keys = [(first, second) for first, second, _ in pairs]
    assert list(candidate_pairs(shuffled, neighbours=neighbours, floor=0.1)) == pairs
    assert all(first < second for first, second in keys)
    assert len(set(keys)) == len(keys) <= 2 * neighbours * count
    assert all(0.1 - 1e-5 <= score <= 1.0 for _, _, score in pairs)


def test_candidate_pairs_holds_the_nearest_neighbour_of_every_statement():
    items = sentences(80, seed=3)
    matrix, _ = _vectorize([entry.text for entry in items])
    cosine = (matrix @ matrix.T).toarray()
    np.fill_diagonal(cosine, -1.0)
    found = {(first, second) for first, second, _ in candidate_pairs(items, neighbours=1, floor=0.05)}
    ranked = np.sort(cosine, axis=1)
    clear = np.flatnonzero(ranked[:, -1] - ranked[:, -2] > 1e-3)
    nearest = {tuple(sorted((items[i].key, items[int(cosine[i].argmax())].key))) for i in clear}
    assert len(nearest) > 20
    assert nearest <= found


def test_svd_neighbours_agree_with_the_exact_ones():
    items = sentences(300, seed=5)
    matrix, _ = _vectorize([entry.text for entry in items])
    cosine = (matrix @ matrix.T).toarray()
    rows, columns = _svd_neighbours(matrix, items, 5)
    reached = [cosine[row, column] for row, column in zip(rows, columns, strict=True)]
    ideal = [sorted((cosine[i, j] for j in range(300) if j != i), reverse=True)[:5] for i in range(300)]
    assert sum(reached) >= 0.97 * sum(sum(row) for row in ideal)


def test_features_share_beginnings_and_inner_parts_of_compounds():
    climate, law = set(features("Klimaschutz")), set(features("Bundesklimaschutzgesetz"))
    assert {"~lima", "~schu"} <= climate & law


def test_normal_form_ignores_case_width_and_punctuation():
    forms = {normal_form(text) for text in ("Peace, now!", "peace  NOW", "\uff30eace now")}
    assert forms == {"peace now"}


def test_pairs_of_many_copies_stay_linear():
    items = [item(key, "same words", cluster=key) for key in range(1, 2001)]
    pairs = list(candidate_pairs(items, neighbours=3))
    assert len(pairs) == 3 * 2000 - 6
