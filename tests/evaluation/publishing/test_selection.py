from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.publishing.dates import year_of
from evaluation.publishing.draws import draw
from evaluation.publishing.recipe import Gates, Recipe
from evaluation.publishing.selection import LeftOut, select
from tests.evaluation.publishing.content import row

_outlets = st.sampled_from(["A", "B", "C", ""])
_dates = st.sampled_from(["2021", "2022-03", "2023-01-09", ""])


@st.composite
def _rows(pick):
    picked = pick(
        st.lists(
            st.tuples(
                st.sampled_from(["GB", "CN"]), st.sampled_from(["quoted", "official"]), _outlets, _dates
            ),
            max_size=40,
        )
    )
    return [
        row(nation, n, source_type=kind, outlet=outlet, published=published, topic=f"t{n % 7}")
        for n, (nation, kind, outlet, published) in enumerate(picked)
    ]


def test_select_says_why_each_row_is_left_out():
    rows = [
        row("US", 1),
        row("GB", 2, source_type="official"),
        row("GB", 3, published=""),
        row("GB", 4, published="2019-12-31"),
        row("GB", 5, published="2020-06-01", is_contested=True),
        row("GB", 6, published="2020-06", is_contested=False),
    ]
    recipe = Recipe(
        nations=("GB",), source_types=("quoted",), published_from="2020-01-01", with_contested=False
    )

    found = select(rows, recipe)

    assert [item.id for item in found.rows] == [rows[5].id]
    assert found.left_out == {
        LeftOut.NATION: (rows[0].id,),
        LeftOut.SOURCE_TYPE: (rows[1].id,),
        LeftOut.UNDATED: (rows[2].id,),
        LeftOut.WINDOW: (rows[3].id,),
        LeftOut.CONTESTED: (rows[4].id,),
    }


@pytest.mark.parametrize(
    ("published", "is_inside"),
    [
        ("2020", True),
        ("2021", False),
        ("2021-06", True),
        ("2021-07", False),
        ("2021-07-15", True),
        ("2021-07-16", False),
        ("2019", False),
    ],
)
def test_select_takes_a_date_when_all_its_days_are_inside(published, is_inside):
    recipe = Recipe(published_from="2020-01-01", published_to="2021-07-15")

    assert bool(select([row(published=published)], recipe).rows) is is_inside


def test_select_drops_the_fewest_rows_of_an_outlet():
    rows = [row("GB", n, outlet="Big" if n < 8 else "Small") for n in range(11)]

    found = select(rows, Recipe(balance=("outlets",)))

    assert Counter(item.outlet for item in found.rows) == {"Big": 3, "Small": 3}
    assert len(found.left_out[LeftOut.OUTLETS]) == 5


def test_select_leaves_a_slice_of_one_outlet_empty_when_balance_is_asked():
    found = select([row("GB", n, outlet="Only") for n in range(5)], Recipe(balance=("outlets",)))

    assert found.rows == ()
    assert len(found.left_out[LeftOut.OUTLETS]) == 5


def test_select_takes_the_share_from_the_gate():
    rows = [row("GB", n, outlet="Big" if n < 8 else "Small") for n in range(10)]

    found = select(rows, Recipe(balance=("outlets",), gates=Gates(max_outlet_share=0.75)))

    assert Counter(item.outlet for item in found.rows) == {"Big": 6, "Small": 2}


def test_select_cuts_every_nation_to_the_smallest_slice_of_its_type():
    rows = [
        *(row("GB", n) for n in range(9)),
        *(row("CN", n) for n in range(4)),
        *(row("GB", n, source_type="official") for n in range(3)),
    ]

    found = select(rows, Recipe(balance=("nations",)))

    assert Counter((item.nation, item.source_type) for item in found.rows) == {
        ("GB", "quoted"): 4,
        ("CN", "quoted"): 4,
        ("GB", "official"): 3,
    }
    assert len(found.left_out[LeftOut.NATIONS]) == 5


def test_select_loses_no_topic_while_there_is_room():
    rows = [row("GB", n, topic="common" if n < 50 else f"rare {n}") for n in range(60)]

    found = select(rows, Recipe(slice_size=12))

    assert len(found.rows) == 12
    assert {item.topic for item in found.rows} == {item.topic for item in rows}
    assert len(found.left_out[LeftOut.SIZE]) == 48


def test_select_swaps_no_row_for_another_when_rows_are_added():
    rows = [row("GB", n, topic="one") for n in range(40)]
    before = {item.id for item in select(rows[:30], Recipe(slice_size=20)).rows}

    after = {item.id for item in select(rows, Recipe(slice_size=20)).rows}

    assert before - after <= {item.id for item in rows[:30]}
    assert len(before - after) == len(after - before) <= 10
    assert after - before <= {item.id for item in rows[30:]}


def test_select_draws_otherwise_with_another_seed():
    rows = [row("GB", n) for n in range(40)]

    assert select(rows, Recipe(slice_size=10)).rows != select(rows, Recipe(slice_size=10, seed=1)).rows


def test_select_leaves_out_what_wording_alone_gives_away():
    given_away = [
        row("GB", n, statement=f"Parks {n} must stay.", reversed_statement=f"Never {n}.") for n in range(60)
    ]
    fair = [
        row("GB", n, statement=texts[side], reversed_statement=texts[1 - side], article=str(n))
        for n in range(60, 200)
        for texts in [(f"Road {n} is good.", f"Road {n} is bad.")]
        for side in [draw(0, str(n))[0] % 2]
    ]

    found = select([*given_away, *fair], Recipe(balance=("choices",)))

    left_out = set(found.left_out[LeftOut.CHOICES])
    assert len(left_out) >= 20
    assert left_out <= {item.id for item in given_away}
    assert len(found.rows) + len(left_out) == 200


@given(_rows(), st.randoms(), st.sampled_from([None, 1, 3, 8]))
def test_select_ignores_order_accounts_for_every_row_and_keeps_shares(rows, random, size):
    recipe = Recipe(balance=("outlets", "years", "nations"), slice_size=size, gates=Gates(max_year_share=0.6))
    shuffled = list(rows)
    random.shuffle(shuffled)

    found = select(rows, recipe)

    assert select(shuffled, recipe) == found
    taken = [item.id for item in found.rows]
    assert sorted([*taken, *(id for ids in found.left_out.values() for id in ids)]) == sorted(
        item.id for item in rows
    )
    slices: dict[tuple[str, str], list] = {}
    for item in found.rows:
        slices.setdefault((item.nation, item.source_type), []).append(item)
    for ours in slices.values():
        assert max(Counter(item.outlet for item in ours).values()) <= 0.5 * len(ours)
        assert max(Counter(year_of(item.published) for item in ours).values()) <= 0.6 * len(ours) + 1e-9
        assert size is None or len(ours) <= size
    for kind in ("quoted", "official"):
        assert len({len(ours) for (_, found_kind), ours in slices.items() if found_kind == kind}) <= 1


def test_select_takes_every_row_of_a_plain_recipe():
    rows = [row("GB", n) for n in range(5)]

    found = select(rows, Recipe())

    assert (found.rows, found.left_out) == (tuple(sorted(rows, key=lambda item: item.id)), {})
    assert replace(rows[0], topic="x") not in found.rows
