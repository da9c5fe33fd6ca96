from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from evaluation.publishing.excerpts import beyond_share
from evaluation.publishing.rows import ReleaseRow
from tests.evaluation.publishing.content import row


def of_article(lengths: list[int], disclosure: str = "span") -> list[ReleaseRow]:
    return [
        row("GB", n, article="one", disclosure=disclosure, evidence="x" * length, statement="x" * length)
        for n, length in enumerate(lengths)
    ]


@given(st.lists(st.integers(1, 400), min_size=1, max_size=12), st.integers(0, 5), st.randoms())
def test_excerpts_of_an_article_stay_below_half_of_it_whatever_their_order(lengths, seed, random):
    rows = of_article(lengths)
    article = 1000

    beyond = beyond_share([(found, article) for found in rows], seed)

    kept = [len(found.evidence) for found in rows if found.id not in beyond]
    assert sum(kept) <= article / 2
    assert len(kept) >= 1
    random.shuffle(rows)
    assert beyond_share([(found, article) for found in rows], seed) == beyond


def test_single_item_of_a_short_article_stays():
    assert beyond_share([(found, 40) for found in of_article([40])], 0) == frozenset()


def test_single_item_may_not_give_away_an_article_of_which_only_digest_and_address_leave():
    def beyond(length: int) -> int:
        rows = of_article([length], disclosure="reference")
        return len(beyond_share([(found, 100) for found in rows], 0))

    assert (beyond(50), beyond(51)) == (0, 1)


def test_articles_that_may_leave_whole_are_not_bound():
    rows = of_article([400, 400, 400], disclosure="full_text")

    assert beyond_share([(found, 1000) for found in rows], 0) == frozenset()


def test_statement_counts_where_the_evidence_stays_in():
    rows = [
        row("GB", n, article="one", disclosure="reference", evidence="", statement="x" * 300)
        for n in range(3)
    ]

    assert len(beyond_share([(found, 1000) for found in rows], 0)) == 2
