"""Recipes and gates in words."""

from __future__ import annotations

from evaluation.publishing.recipe import Balance, Gates, Recipe
from evaluation.views.release_words import gate_lines, recipe_words


def test_recipe_in_words_tells_every_field():
    recipe = Recipe(
        nations=("CN", "XX"),
        source_types=("official",),
        published_from="2020-01-01",
        with_contested=False,
        conflict_reduction=False,
        balance=(str(Balance.OUTLETS), str(Balance.NATIONS)),
        slice_size=50,
        holdout_share=0.125,
        seed=3,
        gates=Gates(max_year_share=0.25, min_alpha=0.6, all_qualified=False),
    )

    assert dict(recipe_words(recipe, {"CN": "China"})) == {
        "Nations": "China (CN), XX",
        "Types": "official",
        "Time window": "published from 2020-01-01; undated items are left out",
        "Contested items": "left out",
        "Conflict reduction": "off: what it set aside is in, too (the ablation)",
        "Balance": "no outlet has more than its share of a slice; every slice of a type is as small as the "
        "smallest",
        "Slice size": "at most 50 per nation and type",
        "Recent period": "not marked",
        "Held back": "12.5 % of the items, scored on the server only",
        "Preference pairs": "none",
        "Seed": "3",
        "Gates": "no year above 25% of a slice; alpha of at least 0.6 in every nation",
    }


def test_gate_lines_show_failures_first_and_a_limited_number_of_rows():
    gates = [
        {"name": "min_items", "slice": "cn/quoted", "limit": 4, "value": 9, "passed": True, "triples": []},
        {"name": "min_alpha", "slice": "FR", "limit": 0.6, "value": None, "passed": False, "rows": ["a"] * 23,
         "triples": list(range(1, 24))},
    ]  # fmt: skip

    failed, passed = gate_lines(gates, with_rows=True)
    bare, _ = gate_lines(gates)

    assert (failed.title, failed.slice, failed.value, failed.limit) == (
        "Krippendorff's alpha",
        "FR",
        "–",
        "0.6",
    )
    assert (len(failed.triples), failed.more, passed.more) == (20, 3, 0)
    assert (bare.triples, bare.more) == ([], 0)
