from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from evaluation.publishing.pairs import balanced_pairs, preference_balance
from tests.evaluation.publishing.content import row

_LONG_PLAIN, _LONG_NEGATED = (
    "We must keep every one of the old {n} roads.",
    "We must not keep any of the {n} roads.",
)
_PLAIN, _NEGATED = "Keep {n}.", "Do not {n}."


def _pair(n: int, chosen: str, rejected: str, nation: str = "GB"):
    return row(nation, n, statement=chosen.format(n=n), reversed_statement=rejected.format(n=n))


def test_preference_balance_counts_length_and_negation():
    rows = [_pair(1, "aaaa", "aa not"), _pair(2, "never a", "bbb"), _pair(3, "abc", "cde"), row("CN", 4)]

    found = preference_balance(rows)

    english = found["en"]
    assert (english.items, english.judged) == (3, 3)
    assert english.chosen_length == round(14 / 3, 6)
    assert english.rejected_length == 4.0
    assert english.length_ratio == round(14 / 12, 6)
    assert english.chosen_longer == 0.5
    assert (english.chosen_negated, english.rejected_negated) == (round(1 / 3, 6), round(1 / 3, 6))
    assert english.is_even
    chinese = found["zh"]
    assert (chinese.chosen_longer, chinese.chosen_negated, chinese.rejected_negated) == (0.0, 0.0, 1.0)
    assert not chinese.is_even
    assert found["all"].items == 4


def test_preference_balance_knows_no_negation_of_an_unknown_language():
    found = preference_balance([row("GB", 1, language="sv")])["sv"]

    assert (found.judged, found.chosen_negated, found.rejected_negated) == (0, None, None)


def test_preference_balance_of_nothing_is_unknown_and_even():
    found = preference_balance([])["all"]

    assert (found.items, found.chosen_length, found.chosen_longer) == (0, None, None)
    assert found.is_even


def test_balanced_pairs_keeps_the_most_that_are_even():
    rows = [
        *(_pair(n, _PLAIN, _LONG_NEGATED) for n in range(100, 200)),
        *(_pair(n, _LONG_NEGATED, _PLAIN) for n in range(200, 240)),
    ]

    found = balanced_pairs(rows, 0)

    assert not found.before["en"].is_even
    assert found.after["en"].is_even
    # |longer - 1/2| is half the difference of negation here, so negation binds: (a - b) / (a + b) <= 0.05
    assert len(found.rows) == 84
    assert len(found.rows) + len(found.left_out) == 140
    assert balanced_pairs(rows, 1).rows != found.rows


def test_balanced_pairs_keeps_none_where_all_lean_one_way():
    rows = [_pair(n, _PLAIN, _LONG_NEGATED) for n in range(10)]

    found = balanced_pairs(rows, 0)

    assert (found.rows, len(found.left_out)) == ((), 10)


@given(
    st.lists(
        st.tuples(
            *[st.sampled_from([_PLAIN, _NEGATED, _LONG_PLAIN, _LONG_NEGATED])] * 2,
            st.sampled_from(["GB", "US"]),
        ),
        max_size=40,
    ),
    st.integers(0, 3),
    st.randoms(),
)
def test_balanced_pairs_are_even_in_every_language(picked, seed, random):
    rows = [_pair(n, chosen, rejected, nation) for n, (chosen, rejected, nation) in enumerate(picked)]

    found = balanced_pairs(rows, seed)

    assert all(balance.is_even for balance in found.after.values())
    assert sorted([*(item.id for item in found.rows), *found.left_out]) == sorted(item.id for item in rows)
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert balanced_pairs(shuffled, seed) == found
