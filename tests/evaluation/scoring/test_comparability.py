"""Which scores on two releases may be compared, and what they are on the common part."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.scoring.comparability import Known, Overlap, effects, overlaps
from evaluation.scoring.metrics import ScoredItem
from evaluation.scoring.outcomes import ItemOutcome


def known(numbers: range, *, kind: str = "quoted", per_article: int = 2) -> dict[str, Known]:
    return {f"{n:04}": Known("GB", kind, f"article {n // per_article}") for n in numbers}


def scored(items: dict[str, Known], agreeing: int = 10**6) -> list[ScoredItem]:
    """The first ``agreeing`` items agree with S."""
    return [
        ScoredItem(
            found.nation,
            found.source_type,
            found.article,
            ItemOutcome.STATEMENT if place < agreeing else ItemOutcome.REVERSED,
            key=key,
        )
        for place, (key, found) in enumerate(items.items())
    ]


@pytest.mark.parametrize(
    ("overlap", "on_common", "as_wholes"),
    [
        (Overlap(40, 40, 40, 20, 0), (True, "40 common items of 20 articles"), True),
        (Overlap(29, 29, 29, 20, 0), (False, "29 common items; it takes 30"), True),
        (Overlap(30, 30, 30, 9, 0), (False, "common items of 9 articles; it takes 10"), True),
        (Overlap(100, 100, 79, 40, 0), (False, "79% of the smaller is common; it takes 80%"), False),
        (Overlap(100, 100, 80, 40, 0), (True, "80 common items of 40 articles"), False),
        (Overlap(100, 100, 95, 40, 0), (True, "95 common items of 40 articles"), True),
        (Overlap(100, 100, 99, 40, 1), (True, "99 common items of 40 articles"), False),
        (Overlap(0, 0, 0, 0, 0), (False, "0 common items; it takes 30"), False),
    ],
)
def test_rule_decides_by_items_articles_and_shares(overlap, on_common, as_wholes):
    assert (overlap.on_common.is_comparable, overlap.on_common.why) == on_common
    assert overlap.as_wholes.is_comparable == as_wholes


def test_overlap_counts_by_slice_and_an_item_of_another_type_is_common_to_the_nation_only():
    before = {**known(range(6)), "0006": Known("GB", "official", "article 9")}
    after = {**known(range(2, 8)), "0006": Known("GB", "quoted", "article 9")}
    assert (
        overlaps(before, after, ["0000", "0001", "0006"])
        == {
            ("GB", "all"): Overlap(7, 6, 5, 3, 3),
            ("GB", "quoted"): Overlap(6, 6, 4, 2, 2),
            ("GB", "official"): Overlap(1, 0, 0, 0, 1),
        }
        | {}
    )


def test_effect_compares_the_common_part_and_shows_the_wholes():
    before, after = known(range(40)), known(range(10, 50))
    [nation, quoted] = effects(
        (scored(before, 20), scored(after, 20)), overlaps(before, after, list(before)[:10]), after
    )
    assert (nation.source_type, quoted.source_type) == ("all", "quoted")
    rates = [
        quoted.scores.before_whole.rate,
        quoted.scores.before_common.rate,
        quoted.scores.after_common.rate,
        quoted.scores.after_whole.rate,
    ]
    assert rates == [0.5, 10 / 30, 20 / 30, 0.5]
    assert quoted.paired.difference == pytest.approx(1 / 3)
    assert (quoted.paired.items, quoted.paired.articles) == (30, 15)


def test_effect_is_not_moved_by_an_article_that_is_another_now():
    before = known(range(40))
    after = known(range(40), per_article=4)
    found = effects((scored(before, 20), scored(before, 20)), overlaps(before, after, []), after)
    assert [effect.paired.difference for effect in found] == [0.0, 0.0]
    assert {effect.scores.before_common.articles for effect in found} == {10}


def test_effect_has_beside_each_score_what_random_weights_have_on_its_items():
    before, after = known(range(40)), known(range(10, 50))
    [_, quoted] = effects(
        (scored(before, 20), scored(after, 20)),
        overlaps(before, after, []),
        after,
        (scored(before, 5), scored(after, 10)),
    )
    assert [getattr(quoted.control, name).rate for name in quoted.scores.told()] == [5 / 40, 0.0, 1 / 3, 0.25]
    assert quoted.as_dict()["control"]["after_whole"]["items"] == 40
    [_, alone] = effects((scored(before, 20), scored(after, 20)), overlaps(before, after, []), after)
    assert (alone.control, alone.as_dict()["control"]) == (None, None)


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60), st.integers(1, 5))
def test_the_same_answers_never_differ_on_the_common_part(first, second, agreeing, per_article):
    before = known(range(first), per_article=per_article)
    after = known(range(first // 2, first // 2 + second), per_article=per_article)
    everything = {item.key: item for item in scored({**before, **after}, agreeing)}
    found = effects(
        ([everything[key] for key in before], [everything[key] for key in after]),
        overlaps(before, after, []),
        after,
    )
    for effect in found:
        assert effect.paired.difference in (None, 0.0)
        assert effect.overlap.common == len(set(before) & set(after))
