"""Coefficients against published values, hand-made cases and each other; undefined ones say why."""

from __future__ import annotations

import numpy as np
import pytest

from annotation.agreement import coefficients
from annotation.agreement.bootstrap import interval
from annotation.agreement.coefficients import (
    Coefficient,
    alpha,
    cohen_mean,
    cohen_pairs,
    fleiss,
    prevalence,
    raw_agreement,
)
from annotation.agreement.ratings import Ratings
from tests.annotation.agreement import published
from tests.annotation.agreement.published import counted, ratings


def rounded(found: Coefficient) -> float:
    assert found.value is not None, found.why_undefined
    return round(found.value, 4)


@pytest.mark.parametrize(
    ("matrix", "expected"),
    [
        (published.OBSERVERS, published.OBSERVERS_NOMINAL),
        (published.DRESSES, published.DRESSES_NOMINAL),
    ],
)
def test_alpha_equals_the_published_value(matrix: str, expected: float) -> None:
    assert rounded(alpha(ratings(matrix))) == round(expected, 4)


def test_ordinal_alpha_equals_an_independent_value() -> None:
    found = alpha(ratings(published.OBSERVERS, "12345"), ordered=True)

    assert rounded(found) == published.OBSERVERS_ORDINAL


def test_ordinal_alpha_follows_the_order_given() -> None:
    in_order = alpha(ratings("ab ab bc aa cc", "abc"), ordered=True)
    out_of_order = alpha(ratings("ab ab bc aa cc", "bac"), ordered=True)

    # In order every disagreement is between neighbours.
    assert rounded(in_order) > rounded(out_of_order)


def test_fleiss_equals_the_published_value() -> None:
    found = fleiss(counted(published.SUBJECTS))

    # Mean of the subjects' agreement 0.378022, by chance 0.212755: 0.165267 / 0.787245.
    assert rounded(found) == 0.2099
    assert round(found.value, 3) == published.SUBJECTS_FLEISS
    assert (found.n_units, found.n_ratings, found.note) == (10, 140, "")


def test_fleiss_keeps_to_the_items_with_the_most_common_number_of_answers() -> None:
    found = fleiss(ratings("ab. aa. bb. abb a.."))

    # Of ab, aa, bb: shares 1/2 each, by chance 1/2; observed 2/3; (2/3 - 1/2) / (1/2) = 1/3.
    assert rounded(found) == 0.3333
    assert (found.n_units, found.note) == (3, "on the 3 of 5 items with 2 answers each")


def test_cohen_of_a_pair() -> None:
    # 20 times aa, 5 ab, 10 ba, 15 bb: observed 0.7; by chance 0.5 * 0.6 + 0.5 * 0.4 = 0.5; 0.2 / 0.5 = 0.4.
    [pair] = cohen_pairs(ratings(" ".join(["aa"] * 20 + ["ab"] * 5 + ["ba"] * 10 + ["bb"] * 15)))

    assert (rounded(pair.cohen), rounded(pair.raw), pair.n_units) == (0.4, 0.7, 50)
    assert (pair.cohen.n_units, pair.cohen.n_ratings) == (50, 100)


def test_cohen_pairs_are_those_with_an_item_in_common() -> None:
    pairs = cohen_pairs(ratings("ab. ba. aa. .bb .aa"))

    assert [(pair.first, pair.second, pair.n_units) for pair in pairs] == [(0, 1, 3), (1, 2, 2)]
    # ab, ba, aa: observed 1/3, by chance 4/9 + 1/9 = 5/9, (1/3 - 5/9) / (4/9) = -1/2; and 1.
    assert [rounded(pair.cohen) for pair in pairs] == [-0.5, 1.0]
    mean = cohen_mean(pairs)
    assert (rounded(mean), mean.n_units, mean.note) == (0.25, 5, "mean over 2 of 2 pairs")


def test_raw_agreement_is_the_share_of_pairs_that_agree() -> None:
    # aab: 1 of 3 pairs; bb: 1 of 1; a: none.
    found = raw_agreement(ratings("aab bb. a.."))

    assert (rounded(found), found.n_units, found.n_ratings) == (0.5, 2, 5)


def test_prevalence_is_the_share_of_all_answers() -> None:
    found = prevalence(ratings("aab bb. a..", "abc"))

    assert {label: rounded(one) for label, one in found.items()} == {"a": 0.5, "b": 0.5, "c": 0.0}
    assert found["a"].n_ratings == 6


@pytest.mark.parametrize("function", [alpha, fleiss, raw_agreement])
@pytest.mark.parametrize(
    ("matrix", "why"),
    [
        ("", coefficients.NO_RATINGS),
        ("a b a", coefficients.ONE_RATER),
        ("a. .b", coefficients.NO_PAIRS),
    ],
)
def test_too_little_is_explained(function, matrix: str, why: str) -> None:
    assert function(ratings(matrix)) == Coefficient(None, why_undefined=why)


def test_one_label_only_leaves_nothing_beyond_chance() -> None:
    found = ratings("aa aa")

    undefined = Coefficient(None, why_undefined=coefficients.ONE_LABEL)
    assert (alpha(found), fleiss(found), cohen_pairs(found)[0].cohen) == (undefined, undefined, undefined)
    assert rounded(raw_agreement(found)) == 1.0
    assert cohen_mean(cohen_pairs(found)) == undefined
    assert cohen_mean([]).why_undefined == coefficients.NO_PAIRS


def test_prevalence_of_nothing_is_explained() -> None:
    assert prevalence(ratings("", "ab"))["a"].why_undefined == coefficients.NO_RATINGS


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("ordered", [False, True])
def test_intervals_use_the_formulas_of_the_libraries(seed: int, ordered: bool) -> None:
    import krippendorff
    from statsmodels.stats.inter_rater import fleiss_kappa

    counts = np.random.default_rng(seed).multinomial(3, [0.5, 0.3, 0.2], size=12)
    level = "ordinal" if ordered else "nominal"
    once = np.ones((1, 12))

    [own_alpha] = coefficients._alphas(once, counts.astype(float), ordered)
    [own_fleiss] = coefficients._kappas(once, counts.astype(float))

    assert own_alpha == pytest.approx(krippendorff.alpha(value_counts=counts, level_of_measurement=level))
    assert own_fleiss == pytest.approx(fleiss_kappa(counts))


def test_interval_is_the_same_every_time_and_narrows_with_more_items() -> None:
    few, many = (ratings(" ".join(["aa", "ab", "bb", "aa"] * times)) for times in (5, 100))

    first, again, wide = alpha(many), alpha(many), alpha(few)

    assert first == again
    assert wide.high - wide.low > 2 * (first.high - first.low)
    assert first.low < first.value < first.high


def test_interval_of_a_share_is_near_the_binomial_one() -> None:
    # 300 of 400 pairs agree: 0.75 with a standard error of sqrt(0.75 * 0.25 / 400) = 0.0217.
    found = raw_agreement(ratings(" ".join(["aa"] * 300 + ["ab"] * 100)))

    assert found.low == pytest.approx(0.75 - 1.96 * 0.0217, abs=0.005)
    assert found.high == pytest.approx(0.75 + 1.96 * 0.0217, abs=0.005)


def test_one_item_has_no_interval() -> None:
    found = raw_agreement(ratings("ab"))

    assert (found.value, found.low, found.high) == (0.0, None, None)


def test_interval_is_none_when_most_resamples_have_no_value() -> None:
    assert interval(np.eye(3), lambda weights, rows: np.full(len(weights), np.nan)) == (None, None)


def test_a_second_rating_by_the_same_rater_is_an_error() -> None:
    with pytest.raises(ValueError, match="rater ann rated unit 7 more than once"):
        Ratings.of_triples([(7, "ann", "a"), (7, "ben", "a"), (7, "ann", "b")])


def test_a_label_that_is_not_listed_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"unknown labels \['c'\]; known are a, b"):
        ratings("ac", "ab")


def test_triples_and_matrix_are_the_same_ratings() -> None:
    triples = [(0, 0, "a"), (0, 1, "b"), (1, 1, "b")]

    assert Ratings.of_triples(triples).counts.tolist() == ratings("ab .b").counts.tolist() == [[1, 1], [0, 1]]
