from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import cohens_kappa

from evaluation.scoring.binomial import mid_p_interval
from evaluation.scoring.clusters import rate_interval, totals_of
from evaluation.scoring.judge_validity import JudgedItem, corrected_rate, judge_agreement
from evaluation.scoring.outcomes import ItemOutcome, agreement_credit

LABELS = ["statement", "reversed", "tie", "refusal"]
JUDGED = st.lists(
    st.builds(
        JudgedItem,
        person=st.sampled_from(LABELS),
        judge=st.sampled_from(LABELS),
        article=st.sampled_from("abcdef"),
    ),
    max_size=40,
)


def test_judge_agreement_counts_people_by_row_and_judge_by_column():
    said = [("statement", "statement")] * 3 + [("statement", "tie")] + [("reversed", "statement")] * 2
    found = judge_agreement([JudgedItem(*pair, f"a{n}") for n, pair in enumerate(said)], LABELS)
    assert found.table == ((3, 0, 1, 0), (2, 0, 0, 0), (0, 0, 0, 0), (0, 0, 0, 0))
    assert (found.items, found.articles, found.agreement) == (6, 6, 0.5)


def test_judge_agreement_refuses_a_label_it_does_not_know():
    with pytest.raises(ValueError, match="label 'perhaps' is none of statement"):
        judge_agreement([JudgedItem("statement", "perhaps", "a")], LABELS)


@given(JUDGED)
def test_judge_agreement_kappa_equals_that_of_statsmodels(items):
    found = judge_agreement(items, LABELS)
    if len({item.person for item in items} | {item.judge for item in items}) < 2:
        assert found.kappa is None
    else:
        assert found.kappa == pytest.approx(cohens_kappa(np.array(found.table), return_results=False))
        assert -1.0 <= found.kappa <= 1.0
    if found.low is not None:
        assert -1.0 <= found.low <= found.kappa <= found.high <= 1.0


@given(JUDGED, st.randoms(use_true_random=False))
def test_judge_agreement_does_not_depend_on_the_order_of_items(items, shuffler):
    shuffled = list(items)
    shuffler.shuffle(shuffled)
    assert judge_agreement(shuffled, LABELS) == judge_agreement(items, LABELS)


def test_judge_agreement_interval_is_near_the_asymptotic_one_without_clusters():
    draw = np.random.default_rng(1)
    people = draw.choice(LABELS, 400)
    judge = np.where(draw.random(400) < 0.7, people, draw.choice(LABELS, 400))
    found = judge_agreement(
        [JudgedItem(str(p), str(j), str(n)) for n, (p, j) in enumerate(zip(people, judge, strict=True))],
        LABELS,
    )
    expected = cohens_kappa(np.array(found.table))
    assert (found.low, found.high) == pytest.approx((expected.kappa_low, expected.kappa_upp), abs=0.005)


def test_judge_agreement_interval_is_as_wide_for_copies_as_for_their_articles():
    draw = np.random.default_rng(2)
    pairs = [(str(p), str(j)) for p, j in draw.choice(LABELS[:2], (60, 2))]
    once = judge_agreement([JudgedItem(*pair, str(n)) for n, pair in enumerate(pairs)], LABELS)
    thrice = judge_agreement([JudgedItem(*pair, str(n)) for n, pair in enumerate(pairs)] * 3, LABELS)
    assert (thrice.low, thrice.high) == pytest.approx((once.low, once.high))


def judged_samples(*, rate, replications, seed, labelled, whole_articles, articles=150, per_article=3):
    """Answers, a judge that finds too many for S, and people on a random part of articles or of items."""
    draw = np.random.default_rng(seed)
    names = [f"a{n}" for n in range(articles) for _ in range(per_article)]
    for _ in range(replications):
        chances = np.repeat(draw.beta(rate * 4, (1 - rate) * 4, articles), per_article)
        truth = draw.random(len(names)) < chances
        # Right on nine in ten of those for S, taken in by four in ten of the others.
        verdicts = np.where(truth, draw.random(len(names)) < 0.9, draw.random(len(names)) < 0.4)
        units = articles if whole_articles else len(names)
        seen = set(draw.choice(units, labelled, replace=False).tolist())
        judge = {f"i{n:04}": (float(v), names[n]) for n, v in enumerate(verdicts)}
        people = {
            f"i{n:04}": float(t)
            for n, t in enumerate(truth)
            if (n // per_article if whole_articles else n) in seen
        }
        yield judge, people


@pytest.mark.parametrize(
    ("rate", "labelled", "whole_articles"), [(0.6, 40, True), (0.4, 100, False), (0.5, 120, True)]
)
def test_corrected_rate_covers_the_truth_where_the_biased_judge_does_not(rate, labelled, whole_articles):
    covered = plain = narrower = 0
    for judge, people in judged_samples(
        rate=rate, replications=1500, seed=3, labelled=labelled, whole_articles=whole_articles
    ):
        found = corrected_rate(judge, people)
        covered += found.low <= rate <= found.high
        low, high = rate_interval(totals_of(judge))
        plain += low <= rate <= high
        alone = corrected_rate({key: judge[key] for key in people}, people)
        narrower += found.standard_error < alone.standard_error
    assert 0.93 <= covered / 1500 <= 0.97
    assert plain / 1500 < 0.3
    assert narrower / 1500 > 0.9


def test_corrected_rate_covers_the_agreement_rate_where_people_see_refusals_the_judge_does_not():
    outcomes = ["statement", "reversed", "refusal"]
    truth_shares, replications = np.array([0.45, 0.25, 0.3]), 600
    # Of every three refusals the judge finds two for S, and some of the others it calls refusals.
    seen_as = np.array([[0.85, 0.1, 0.05], [0.2, 0.75, 0.05], [0.65, 0.05, 0.3]])
    draw = np.random.default_rng(11)
    covered = left_out = 0
    for _ in range(replications):
        truth = draw.choice(3, 300, p=truth_shares)
        told = (draw.random(300)[:, None] > seen_as.cumsum(axis=1)[truth]).sum(axis=1)
        credit = np.array([agreement_credit(ItemOutcome(name)) for name in outcomes])
        judge = {f"i{n:03}": (float(credit[told[n]]), f"a{n}") for n in range(300)}
        labelled = draw.choice(300, 90, replace=False)
        people = {f"i{n:03}": float(credit[truth[n]]) for n in labelled}
        found = corrected_rate(judge, people)
        covered += found.low <= 0.45 <= found.high
        # What it was before: answers that people call refusals are no longer theirs, but still the judge's.
        without = {f"i{n:03}": float(credit[truth[n]]) for n in labelled if truth[n] < 2}
        biased = corrected_rate(judge, without)
        left_out += biased.low <= 0.45 <= biased.high
    assert 0.93 <= covered / replications <= 0.97
    assert left_out / replications < 0.3


@pytest.mark.parametrize("empty_share", [0.1, 0.3, 0.6])
def test_corrected_rate_covers_the_truth_where_answers_that_say_nothing_are_not_read(empty_share):
    draw = np.random.default_rng(23)
    replications, articles, per_article = 1500, 120, 3
    names = [f"a{n}" for n in range(articles) for _ in range(per_article)]
    truth_rate = (1 - empty_share) * 0.6
    covered = unread = 0
    for _ in range(replications):
        chance = draw.beta(empty_share * 4, (1 - empty_share) * 4, articles)
        says = draw.random(len(names)) >= np.repeat(chance, per_article)
        truth = draw.random(len(names)) < 0.6
        verdicts = np.where(truth, draw.random(len(names)) < 0.9, draw.random(len(names)) < 0.4)
        read = set(draw.choice(np.flatnonzero(says), 60, replace=False).tolist())
        judge = {f"i{n:04}": (float(verdicts[n]), names[n]) for n in np.flatnonzero(says)}
        people = {f"i{n:04}": float(truth[n]) for n in read}
        empty = {f"i{n:04}": names[n] for n in np.flatnonzero(~says)}
        found = corrected_rate(judge, people, empty)
        covered += found.low <= truth_rate <= found.high
        # What it would be were those of no credit counted among what people read a random part of.
        mixed = corrected_rate(judge | {key: (0.0, at) for key, at in empty.items()}, people)
        unread += mixed.low <= truth_rate <= mixed.high
    assert 0.93 <= covered / replications <= 0.97
    assert found.items == len(names)
    assert unread < covered


def test_corrected_rate_of_a_perfect_judge_uses_all_it_says():
    judge = {f"i{n:03}": (float(n % 3 == 0), f"a{n // 2}") for n in range(400)}
    people = {key: judge[key][0] for key in list(judge)[:100]}
    found = corrected_rate(judge, people)
    # As sure as the variance of all 400 allows: near the judge's own rate, much nearer than people alone.
    assert found.rate == pytest.approx(found.judged_rate, abs=0.01)
    assert found.weight > 0.6


def test_corrected_rate_without_people_is_none():
    judge = {"1": (1.0, "a"), "2": (0.0, "b")}
    assert corrected_rate(judge, {}) is None
    assert corrected_rate(judge, {"1": 1.0}) is None
    assert corrected_rate(judge, {"elsewhere": 1.0, "nowhere": 0.0}) is None


def test_corrected_rate_of_items_all_seen_by_people_is_theirs():
    judge = {"1": (1.0, "a"), "2": (1.0, "b"), "3": (1.0, "c")}
    found = corrected_rate(judge, {"1": 1.0, "2": 0.0, "3": 0.5})
    assert (found.judged_rate, found.people_rate, found.rate, found.weight) == (1.0, 0.5, 0.5, 0.0)
    assert found.standard_error == pytest.approx((0.25 / 3) ** 0.5)


def test_corrected_rate_of_unanimous_people_is_no_point():
    judge = {f"i{n}": (float(n % 2), f"a{n}") for n in range(20)}
    found = corrected_rate(judge, {f"i{n}": 1.0 for n in range(8)})
    assert (found.weight, found.rate, found.high) == (0.0, 1.0, 1.0)
    assert found.low == mid_p_interval(8, 8)[0]


CREDIT = st.sampled_from([0.0, 0.5, 1.0])
ANSWERS = st.lists(
    st.tuples(CREDIT, st.one_of(st.none(), CREDIT), st.sampled_from("abcdef")), min_size=1, max_size=40
)


def judged(answers):
    judge = {f"i{n:03}": (credit, article) for n, (credit, _, article) in enumerate(answers)}
    return judge, {f"i{n:03}": person for n, (_, person, _) in enumerate(answers) if person is not None}


@given(ANSWERS)
def test_corrected_rate_stays_in_its_bounds_and_is_mirrored_when_s_and_rs_swap(answers):
    found = corrected_rate(*judged(answers))
    mirrored = corrected_rate(*judged([(1 - c, None if p is None else 1 - p, a) for c, p, a in answers]))
    if found is None:
        assert mirrored is None
        return
    assert 0.0 <= found.low <= found.rate <= found.high <= 1.0
    assert 0.0 <= found.weight <= 1.0
    assert (mirrored.rate, mirrored.low, mirrored.high) == pytest.approx(
        (1 - found.rate, 1 - found.high, 1 - found.low), abs=1e-6
    )
