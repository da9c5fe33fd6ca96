from __future__ import annotations

import json
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from evaluation.publishing.gates import Alpha, GateResult, check_gates
from evaluation.publishing.recipe import Gates
from tests.evaluation.publishing.content import row

_NOTHING = Gates(all_qualified=False)


def _check(rows, gates, alpha=None, unqualified=()):
    found = check_gates(rows, gates, alpha=alpha or {}, unqualified_ids=unqualified)
    return {(result.name, result.slice): result for result in found}


def test_check_gates_measures_what_the_recipe_does_not_ask():
    rows = [row("GB", n, outlet="ABC"[n % 3], published="2024") for n in range(6)]

    found = check_gates(rows, _NOTHING, alpha={"GB": Alpha(0.7, 0.6, 0.8, 40)}, unqualified_ids=())

    assert found == [
        GateResult("max_outlet_share", "gb/quoted", None, round(1 / 3, 6), True, (), "A has 2 of 6 items"),
        GateResult("max_year_share", "gb/quoted", None, 1.0, True, (), "2024 has 6 of 6 items"),
        GateResult("min_items", "gb/quoted", None, 6, True, (), "6 items"),
        GateResult("min_alpha", "gb", None, 0.7, True, (), "95 % interval 0.600 to 0.800, 40 units"),
        GateResult(
            "all_qualified",
            "gb/quoted",
            None,
            0,
            True,
            (),
            "0 of 6 items were not judged by qualified people",
        ),
    ]


def test_check_gates_names_the_rows_of_an_outlet_that_must_go():
    rows = [row("GB", n, outlet="Big" if n < 8 else f"Small {n}") for n in range(10)]

    found = _check(rows, Gates(max_outlet_share=0.5))["max_outlet_share", "gb/quoted"]

    big = sorted(item.id for item in rows if item.outlet == "Big")
    assert (found.value, found.passed, found.rows) == (0.8, False, tuple(big[2:]))
    assert found.detail == "Big has 8 of 10 items"


def test_check_gates_counts_undated_rows_as_one_year():
    rows = [row("GB", n, published="" if n < 3 else f"20{10 + n}") for n in range(4)]

    found = _check(rows, Gates(max_year_share=0.5))["max_year_share", "gb/quoted"]

    assert (found.value, found.passed, len(found.rows)) == (0.75, False, 2)
    assert found.detail == "unknown has 3 of 4 items"


def test_check_gates_says_how_many_items_are_missing():
    rows = [row("GB", 1), row("GB", 2, source_type="official"), row("GB", 4, source_type="official")]

    found = _check(rows, Gates(min_items=2))

    assert (found["min_items", "gb/quoted"].passed, found["min_items", "gb/official"].passed) == (False, True)
    assert found["min_items", "gb/quoted"].detail == "1 of 2 items are missing"


def test_check_gates_fails_a_nation_whose_alpha_is_low_or_unknown():
    rows = [row("GB", 1), row("US", 2), row("FR", 3), row("DE", 4)]
    alpha = {"GB": Alpha(0.7, 0.6, 0.8, 40), "US": Alpha(0.5, 0.4, 0.6, 40), "FR": Alpha(None, None, None, 2)}

    found = _check(rows, Gates(min_alpha=0.7), alpha)

    assert {where: result.passed for (name, where), result in found.items() if name == "min_alpha"} == {
        "gb": True,
        "us": False,
        "fr": False,
        "de": False,
    }
    assert found["min_alpha", "fr"].detail == "not known from 2 units"


def test_check_gates_names_unqualified_rows_of_this_release_only():
    rows = [row("GB", n) for n in range(4)]

    found = _check(rows, Gates(), unqualified={rows[2].id, "elsewhere"})["all_qualified", "gb/quoted"]

    assert (found.limit, found.value, found.passed, found.rows) == (0, 1, False, (rows[2].id,))


def test_a_result_is_plain_json():
    found = GateResult("min_items", "gb/quoted", 3, 2, False, ("x",), "1 of 3 items are missing")

    assert json.loads(json.dumps(found.as_dict())) == {
        "name": "min_items",
        "slice": "gb/quoted",
        "limit": 3,
        "value": 2,
        "passed": False,
        "rows": ["x"],
        "detail": "1 of 3 items are missing",
    }


@given(
    st.lists(st.sampled_from("ABCD"), min_size=1, max_size=30),
    st.sampled_from([0.0, 0.2, 0.25, 0.5, 0.75, 0.9, 1.0]),
)
def test_without_the_named_rows_one_outlet_keeps_its_share(outlets, limit):
    rows = [row("GB", n, outlet=outlet) for n, outlet in enumerate(outlets)]

    found = _check(rows, Gates(max_outlet_share=limit))["max_outlet_share", "gb/quoted"]

    counts = Counter(outlets)
    over = [outlet for outlet in counts if counts[outlet] > limit * len(rows)]
    assert found.passed is (not over) is (not found.rows)
    if len(over) == 1 and 0 < limit < 1:
        left = [item for item in rows if item.id not in found.rows]
        kept = sum(item.outlet == over[0] for item in left)
        assert kept <= limit * len(left) + 1e-9
        assert kept + 1 > limit * (len(left) + 1)  # and no row more than it takes
