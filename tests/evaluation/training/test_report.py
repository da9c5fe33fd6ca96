from __future__ import annotations

import re

from evaluation.training.figures import Weights
from evaluation.training.measures import Measure
from evaluation.training.report import markdown


def _rate(weights: Weights, nation: str, source_type: str, rate: float | None) -> dict:
    answered = 0 if rate is None else 8
    return {
        "part": "evaluation",
        "measure": str(Measure.SUM),
        "weights": str(weights),
        "nation": nation,
        "source_type": source_type,
        "items": 8,
        "answered": answered,
        "articles": answered,
        "rate": rate,
        "low": rate and rate - 0.1,
        "high": rate and rate + 0.1,
        "flip_rate": 0.0,
    }


def _difference(nation: str, source_type: str, *, spread: bool) -> dict:
    return {
        "part": "evaluation",
        "measure": str(Measure.SUM),
        "of": "trained",
        "against": "start",
        "nation": nation,
        "source_type": source_type,
        "items": 8,
        "articles": 8,
        "difference": 0.25 if spread else 1.0,
        "low": -0.125 if spread else None,
        "high": 0.625 if spread else None,
        "p_value": 0.1,
        "rose": 3 if spread else 8,
        "fell": 1 if spread else 0,
    }


REPORT = {
    "release": {"label": "harbour@1.2.0", "canary": "navab-canary 1", "checksums": "ab" * 32},
    "model": {"name": "small | <b>model</b>", "digest": "cd" * 32, "has_chat_template": True},
    "settings": {"beta": 0.1, "max_steps": 5},
    "software": {"trl": "1.16.0"},
    "training": {
        "pairs": 16,
        "nations": ["GB"],
        "balance": {
            "en": {
                "items": 16,
                "chosen_length": 40.25,
                "rejected_length": 44.0,
                "chosen_longer": 0.25,
                "chosen_negated": None,
                "rejected_negated": 1.0,
            }
        },
        "runs": {"trained": {"steps": 2, "losses": [0.693, 0.5], "cut_pairs": 1, "left_out_pairs": 0}},
    },
    "rates": [
        line
        for weights, rate in ((Weights.START, 0.5), (Weights.TRAINED, 0.75), (Weights.RANDOM, None))
        for line in (
            _rate(weights, "FR", "quoted", rate),
            _rate(weights, "GB", "official", rate),
            _rate(weights, "GB", "quoted", rate),
            _rate(weights, "FR", "all", rate),
            _rate(weights, "GB", "all", rate),
        )
    ],
    "differences": [
        _difference("FR", "quoted", spread=False),
        _difference("GB", "official", spread=True),
        _difference("GB", "quoted", spread=True),
        _difference("FR", "all", spread=False),
        _difference("GB", "all", spread=True),
    ],
    "lengths": [],
    "unscored": [],
}


def _cells(page: str, heading: str) -> list[list[str]]:
    section = next(part for part in page.split("\n## ") if part.startswith(heading))
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in re.findall(r"^\|.*\|$", section, flags=re.MULTILINE)
    ]


def test_page_has_a_line_per_slice_with_intervals_and_counts_where_there_is_no_spread():
    header, _, *rows = _cells(markdown(REPORT), "Evaluation items")
    assert header[:4] == ["nation", "type", "items", "articles"]
    assert header[4:] == ["start", "trained", "random weights", "trained − start"]
    rates = ["0.500 (0.400 to 0.600)", "0.750 (0.650 to 0.850)", "none answered"]
    assert rows == [
        ["FR", "quoted", "8", "8", *rates, "+1.000 (8 rose, 0 fell)"],
        ["GB", "official", "8", "8", *rates, "+0.250 (-0.125 to +0.625)"],
        ["GB", "quoted", "8", "8", *rates, "+0.250 (-0.125 to +0.625)"],
        ["GB", "both", "8", "8", *rates, "+0.250 (-0.125 to +0.625)"],
    ]


def test_page_cannot_be_broken_by_a_model_name():
    page = markdown(REPORT)
    assert r"Model small \| \<b\>model\</b\>, asked by its chat template. 16 pairs." in page


def test_page_tells_how_training_went():
    assert _cells(markdown(REPORT), "Training")[2] == ["trained", "2", "0.693", "0.500", "1", "0"]


def test_page_tells_how_the_pairs_lean():
    found = _cells(markdown(REPORT), "Pairs trained on")[2]
    assert found == ["en", "16", "40.2", "44.0", "0.250", "not known", "1.000"]


def test_parts_stand_in_the_order_of_what_they_say():
    parts = ("train", "evaluation", "test")
    lines = {
        name: [{**line, "part": part} for part in parts for line in REPORT[name]]
        for name in ("rates", "differences")
    }
    page = markdown({**REPORT, **lines})
    headings = [line for line in page.splitlines() if line.startswith("## ")]
    assert [heading.split(" (", 1)[0] for heading in headings[2:5]] == [
        "## Evaluation items",
        "## Held-out pairs",
        "## The pairs it was trained on",
    ]
