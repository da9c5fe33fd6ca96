from __future__ import annotations

import pytest

from evaluation.publishing.rows import Part, ReleaseRow
from evaluation.scoring.likelihood import OptionScore
from evaluation.training.figures import Weights, differences, lengths, outcomes, rates
from evaluation.training.measures import ItemScores, Measure
from tests.evaluation.publishing.content import row

ROWS = [row("GB", n, source_type=kind) for kind in ("quoted", "official") for n in (0, 3, 6, 9)]


def leads(rows: list[ReleaseRow], values: list[float]) -> dict[str, ItemScores]:
    """Scores in which S leads RS by so much, at four tokens against five."""
    return {
        item.id: ItemScores(OptionScore(-10.0 + lead, 4, 20), OptionScore(-10.0, 5, 24))
        for item, lead in zip(rows, values, strict=True)
    }


def found(**by_weights: dict[str, ItemScores]):
    return {Weights(name): {Part.EVALUATION: scores} for name, scores in by_weights.items()}


START = leads(ROWS, [1, -1, -1, -1, 1, 1, -1, -1])
TRAINED = leads(ROWS, [2, 2, 2, -1, 2, 0.5, -1, 2])


def test_rates_have_every_measure_weights_and_slice():
    scored = outcomes(
        {Part.EVALUATION: ROWS}, found(start=START, trained=TRAINED, control=START, random=START)
    )
    lines = rates(scored)
    told = [
        (line["measure"], line["weights"], line["nation"], line["source_type"], line["items"])
        for line in lines
    ]
    slices = [("GB", "official", 4), ("GB", "quoted", 4), ("GB", "all", 8)]
    assert told == [
        (str(measure), str(weights), *place)
        for measure in (Measure.PER_TOKEN, Measure.SUM, Measure.REWARD)
        for weights in Weights
        if (measure, weights) != (Measure.REWARD, Weights.RANDOM)
        for place in slices
    ]


def test_rates_and_differences_are_those_counted_by_hand():
    scored = outcomes({Part.EVALUATION: ROWS}, found(start=START, trained=TRAINED))
    by_sum = {
        (line["weights"], line["source_type"]): line["rate"]
        for line in rates(scored)
        if line["measure"] == Measure.SUM
    }
    assert by_sum == {
        ("start", "quoted"): 0.25,
        ("trained", "quoted"): 0.75,
        ("start", "official"): 0.5,
        ("trained", "official"): 0.75,
        ("start", "all"): 0.375,
        ("trained", "all"): 0.75,
    }
    [quoted] = [
        line
        for line in differences(scored)
        if (line["measure"], line["source_type"]) == (Measure.SUM, "quoted")
    ]
    assert (quoted["of"], quoted["against"]) == ("trained", "start")
    assert (quoted["difference"], quoted["rose"], quoted["fell"]) == (0.5, 2, 0)
    # four articles of one item, differences 0, 1, 1, 0: t with 3 degrees of freedom, 3.182446 * 0.288675
    assert (quoted["low"], quoted["high"]) == pytest.approx((0.5 - 0.918694, 1.0), abs=1e-5)


def test_item_that_could_not_be_scored_is_counted_and_not_answered():
    missing = {**TRAINED, ROWS[0].id: ItemScores(errors=("too long",))}
    scored = outcomes({Part.EVALUATION: ROWS}, found(start=START, trained=missing))
    counted = {
        (line["weights"], line["items"], line["answered"])
        for line in rates(scored)
        if (line["measure"], line["source_type"]) == (Measure.SUM, "quoted")
    }
    assert counted == {("start", 4, 4), ("trained", 4, 3)}
    pairs = {line["items"] for line in differences(scored) if line["source_type"] == "quoted"}
    assert pairs == {3}


def test_lengths_tell_which_option_is_shorter():
    lines = lengths({Part.EVALUATION: ROWS}, {Part.EVALUATION: START})
    assert lines == [
        {
            "part": "evaluation",
            "nation": "GB",
            "source_type": kind,
            "items": 4,
            "statement_tokens": 4.0,
            "reversed_tokens": 5.0,
            "statement_shorter": 1.0,
            "reversed_shorter": 0.0,
        }
        for kind in ("official", "quoted")
    ]
