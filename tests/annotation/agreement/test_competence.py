"""Competence of annotators where nobody knows the right answer."""

from __future__ import annotations

import pytest

from annotation.agreement import coefficients
from annotation.agreement.competence import TOO_FEW, dawid_skene
from annotation.agreement.ratings import Ratings
from tests.annotation.agreement.published import ratings


def simulated(accuracies: list[float], n_units: int = 400) -> tuple[Ratings, dict[int, str]]:
    import numpy as np

    random = np.random.default_rng(1)
    truth = {unit: "ab"[random.integers(2)] for unit in range(n_units)}
    other = {"a": "b", "b": "a"}
    triples = [
        (unit, rater, label if random.random() < accuracy else other[label])
        for unit, label in truth.items()
        for rater, accuracy in enumerate(accuracies)
    ]
    return Ratings.of_triples(triples), truth


def test_competence_finds_how_often_each_is_right() -> None:
    accuracies = [0.95, 0.9, 0.85, 0.6]
    found, truth = simulated(accuracies)

    competences = dawid_skene(found)

    assert [rater.accuracy for rater in competences.raters] == pytest.approx(accuracies, abs=0.05)
    guesses = {unit: max(shares, key=shares.__getitem__) for unit, shares in competences.posteriors.items()}
    assert sum(guesses[unit] == label for unit, label in truth.items()) / len(truth) > 0.93


def test_competence_beats_the_majority_where_most_are_careless() -> None:
    found, truth = simulated([0.95, 0.95, 0.6, 0.6, 0.6])

    posteriors = dawid_skene(found).posteriors

    majority = dict(zip(found.units, found.counts.argmax(axis=1), strict=True))
    by_majority = sum(found.labels[majority[unit]] == label for unit, label in truth.items())
    by_model = sum(posteriors[unit][label] > 0.5 for unit, label in truth.items())
    assert by_model > by_majority


def test_confusion_says_what_is_given_for_what_is_true() -> None:
    # The third one calls every b an a.
    found = dawid_skene(ratings("aaa aaa bba bba bba aaa"))

    third = found.raters[2]
    assert {
        true: {given: round(share, 3) for given, share in row.items()}
        for true, row in third.confusion.items()
    } == {
        "a": {"a": 1.0, "b": 0.0},
        "b": {"a": 1.0, "b": 0.0},
    }
    assert (round(third.accuracy, 3), third.n_ratings) == (0.5, 6)
    assert [round(rater.accuracy, 3) for rater in found.raters[:2]] == [1.0, 1.0]


def test_labels_nobody_gave_have_no_share() -> None:
    found = dawid_skene(ratings("aaa bbb aab", "abc"))

    assert found.raters[0].confusion.keys() == {"a", "b"}
    assert found.posteriors[0].keys() == {"a", "b", "c"}


def test_competence_is_the_same_every_time_and_in_any_order() -> None:
    triples = [
        (unit, rater, label)
        for unit, row in enumerate(["aab", "abb", "bbb", "aaa"])
        for rater, label in enumerate(row)
    ]

    first, again, reordered = (
        dawid_skene(Ratings.of_triples(rows)) for rows in (triples, triples, triples[::-1])
    )

    assert first == again
    assert {rater.rater: rater.accuracy for rater in reordered.raters} == pytest.approx(
        {rater.rater: rater.accuracy for rater in first.raters}
    )


@pytest.mark.parametrize(
    ("matrix", "why"),
    [
        ("", coefficients.NO_RATINGS),
        ("ab ba", TOO_FEW),
        ("a.. .b. ..a", coefficients.NO_PAIRS),
        ("aaa aaa", coefficients.ONE_LABEL),
    ],
)
def test_what_cannot_be_computed_is_explained(matrix: str, why: str) -> None:
    found = dawid_skene(ratings(matrix))

    assert (found.raters, found.posteriors, found.why_undefined) == ([], {}, why)
