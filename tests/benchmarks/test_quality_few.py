"""The quality bench on folders with few rows, few languages, few classes: what can be measured is, and what
cannot is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.folder import ENGLISH, Rows, contents, write
from tests.benchmarks.running import Found, bench, figures

FORMS = ("direct", "indirect", "free indirect", "reported")


def test_languages_that_are_absent_leave_the_others_as_they_were(whole: Found, tmp_path: Path):
    for name, rows in contents().items():
        if "pud" in name:
            write(tmp_path / name, [{"id": row["id"], "de": row["de"]} for row in rows])
        else:
            write(tmp_path / name, [row for row in rows if row["language"] == "de"])

    found = bench(tmp_path)

    absent = {
        name.removesuffix(".gz"): "empty" for name, rows in contents().items() if "de" not in _languages(rows)
    }
    assert (found.code, found.skipped, found.failed) == (0, absent, {})
    assert found.figures == figures(row for row in whole.rows if row["language"] == "de")


def _languages(rows: Rows) -> set[str]:
    return {row.get("language", "de") for row in rows}


def test_files_of_one_row_are_measured_as_far_as_one_row_goes(tmp_path: Path):
    empty = [f"raw/{name}" for name in ENGLISH[1:]]  # one English document, not one a file
    for name, rows in contents().items():
        write(tmp_path / name, [] if name in empty else rows[:1])

    found = bench(tmp_path)

    assert (found.code, found.failed) == (0, {})
    assert [(row["stage"], row["dataset"], row["language"], row["metric"]) for row in found.rows] == [
        *(("language", "raw", code, "accuracy") for code in ("de", "en", "fr", "zh")),
        *(("language", "pud", code, "accuracy") for code in ("de", "en", "fr", "zh")),
        *(("topics", "10kgnad", "de", metric) for metric in ("NMI", "ARI")),
        *(("topics", "sib200", "de", metric) for metric in ("NMI", "ARI")),
        *(("statements", "planted turn", code, "recall") for code in ("de", "en", "fr", "zh")),
        ("statements", "xnli kept", "de", "share"),
        *(("attribution", f"quotes {form}", "de", "span F1") for form in FORMS),
        ("attribution", "quotes speaker", "de", "accuracy"),
        ("attribution", "quotes sentences", "de", "average precision"),
        ("stance", "debate speeches", "fr", "average precision"),
        ("stance", "debate speakers", "fr", "average precision"),
        *(
            ("triples", f"raw {part}", code, metric)
            for code in ("de", "en", "fr", "zh")
            for part, metric in (("valid", "share valid"), ("contradicts", "share"), ("leads back", "share"))
        ),
    ]  # fmt: skip
    assert found.skipped == {
        **{name.removesuffix(".gz"): "empty" for name in empty},
        **{
            f"duplicates {kind} {code}": "1 documents of 300 characters; a third of them gets a copy"
            for code in ("de", "en", "fr", "zh")
            for kind in ("exact", "syndicated", "edited")
        },
        **{
            f"statements planted {kind} {code}": f"no statement in which a {kind} could be changed"
            for code in ("de", "en", "fr", "zh")
            for kind in ("number", "name")
        },
        "screening any zh": "none of 1 rows is one to be found",
        "screening named zh": "none of 1 passages has one of the twelve values",
        "screening learned zh": "the learned judge has 0 texts of a label for 3 folds",
        "conflicts xnli de": "none of 1 pairs is a contradiction",
        "conflicts ocnli zh": "none of 1 pairs is a contradiction",
        "conflicts rte3 fr": "none of 1 pairs is a contradiction",
        "conflicts pawsx de": "none of 1 pairs is a duplicate",
        "conflicts value_consistency same en": "none of 0 pairs is a duplicate",
        "conflicts value_consistency en": "none of 0 pairs is a contradiction",
        "stance debate, learned fr": "the learned judge has 1 groups for 5 folds",
        **{f"triples choice only {code}": "1 triples; 20 are needed" for code in ("de", "en", "fr", "zh")},
    }


ONE_CLASS: dict[str, tuple[str, str, Callable[[dict[str, Any]], bool], dict[str, str], dict[str, float]]] = {
    "no contradiction": (
        "conflicts", "gold/rte3_french.fr.jsonl", lambda row: row["label"] != "contradiction",
        {"conflicts rte3 fr": "none of 2 pairs is a contradiction"}, {},
    ),
    "contradictions only": (
        "conflicts", "gold/rte3_french.fr.jsonl", lambda row: row["label"] == "contradiction",
        {}, {"rte3": 1.0},
    ),
    "no paraphrase": (
        "conflicts", "gold/pawsx.en-fr-de-zh.jsonl",
        lambda row: not row["paraphrase"] and row["language"] == "en",
        {"conflicts pawsx en": "none of 4 pairs is a duplicate"}, {},
    ),
    "paraphrases only": (
        "conflicts", "gold/pawsx.en-fr-de-zh.jsonl",
        lambda row: row["paraphrase"] and row["language"] == "en",
        {}, {"pawsx": 1.0},
    ),
    "no opposed question": (
        "conflicts", "benchmarks/value_consistency.en-de-zh.jsonl",
        lambda row: row["language"] == "en" and "turn away" not in row["question"],
        {"conflicts value_consistency en": "none of 3 pairs is a contradiction"},
        {"value_consistency same": 1.0},
    ),
    "no value": (
        "screening", "gold/value_labels_csv.zh.jsonl.gz", lambda row: not any(row["values"].values()),
        {
            "screening any zh": "none of 76 rows is one to be found",
            "screening named zh": "none of 76 passages has one of the twelve values",
            "screening learned zh": "the learned judge has 0 texts of a label for 3 folds",
        }, {},
    ),
    "a value in every passage": (
        "screening", "gold/value_labels_csv.zh.jsonl.gz", lambda row: any(row["values"].values()),
        {
            "screening learned zh": "the learned judge has 50 answers ({'False': 33, 'True': 17}); "
            "100 are needed and 15 of each label",
        },
        {"value_labels any": 1.0},
    ),
    "for the bill only": (
        "stance", "raw/fr_assemblee_mariage.fr.jsonl.gz", lambda row: row["vote"] == "pour",
        {
            "stance debate, learned fr": "the learned judge has 52 answers ({'True': 52}); "
            "100 are needed and 15 of each label",
        },
        {"debate speeches": 1.0, "debate speakers": 1.0},
    ),
    "against the bill only": (
        "stance", "raw/fr_assemblee_mariage.fr.jsonl.gz", lambda row: row["vote"] == "contre",
        {
            "stance debate fr": "none of 65 rows is one to be found",
            "stance debate, learned fr": "the learned judge has 52 answers ({'False': 52}); "
            "100 are needed and 15 of each label",
        }, {},
    ),
    "one section": (
        "topics", "gold/topics_10kgnad.de.jsonl", lambda row: row["label"] == "sports", {}, {"10kgnad": 0.0},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", ONE_CLASS)
def test_file_with_one_class_is_measured_as_far_as_it_goes(tmp_path: Path, case: str):
    stage, name, keep, skipped, values = ONE_CLASS[case]
    write(tmp_path / name, [row for row in contents()[name] if keep(row)])

    found = bench(tmp_path, "--stage", stage)

    told = {part: why for part, why in found.skipped.items() if why != "missing"}
    assert (found.code, told, found.failed) == (0, skipped, {})
    assert {row["dataset"]: row["value"] for row in found.rows if row["dataset"] in values} == values
    if not values:
        assert found.rows == []


def test_texts_without_quotations_have_nothing_to_find(tmp_path: Path):
    name = "gold/quotes_wikinews.de.jsonl"
    write(tmp_path / name, [row | {"quotes": []} for row in contents()[name]])

    found = bench(tmp_path, "--stage", "attribution")

    assert (found.code, found.rows, found.failed) == (0, [], {})
    assert found.skipped == {
        **{f"attribution {form} de": "none of 8 texts has such a passage" for form in FORMS},
        "attribution speaker de": "no passage of 8 texts has a speaker who is named",
        "attribution sentences de": "none of 48 sentences is quoted",
    }


def test_quotations_may_lack_a_speaker_and_end_after_the_text(tmp_path: Path):
    name = "gold/quotes_wikinews.de.jsonl"
    far = {"type": "Direct", "quote_spans": [{"begin": 5_000, "end": 9_000}]}
    loose = {"type": "Direct", "quote_spans": [], "speaker": None}
    rows = [
        row | {"quotes": [*row["quotes"], far | {"speaker": "Erna Vogt"}, far, loose]}
        for row in contents()[name]
    ]
    write(tmp_path / name, rows)

    found = bench(tmp_path, "--stage", "attribution")

    assert (found.code, found.failed, {row["dataset"]: row["n"] for row in found.rows}) == (
        0,
        {},
        {
            "quotes direct": 32, "quotes indirect": 8, "quotes free indirect": 8, "quotes reported": 8,
            "quotes speaker": 40, "quotes sentences": 48,
        },
    )  # fmt: skip


def test_sections_of_several_countries_are_one_set(tmp_path: Path):
    name = "gold/topics_10kgnad.de.jsonl"
    rows = contents()[name]
    write(tmp_path / name, [row | {"country": ("DE", "AT")[at % 2]} for at, row in enumerate(rows)])

    found = bench(tmp_path, "--stage", "topics")

    assert (found.failed, [row["n"] for row in found.rows]) == ({}, [24, 24])


def test_few_speakers_leave_the_learned_judge_out(tmp_path: Path):
    name = "raw/fr_assemblee_mariage.fr.jsonl.gz"
    rows = [row for row in contents()[name] if row["vote"]]
    write(tmp_path / name, [row | {"speaker": f"Sacha Morel {at % 4}"} for at, row in enumerate(rows)])

    found = bench(tmp_path, "--stage", "stance")

    assert (found.code, found.skipped, found.failed) == (
        0, {"stance debate, learned fr": "the learned judge has 4 groups for 5 folds"}, {},
    )  # fmt: skip
    assert [row["n"] for row in found.rows] == [130, 4]


def test_questions_without_sides_are_still_told_from_one_another(tmp_path: Path):
    name = "benchmarks/value_consistency.en-de-zh.jsonl"
    write(tmp_path / name, [row | {"options": None} for row in contents()[name] if row["language"] == "en"])

    found = bench(tmp_path, "--stage", "conflicts")

    assert [(row["dataset"], row["n"]) for row in found.rows] == [("value_consistency same", 18)]
    assert found.skipped["conflicts value_consistency en"] == "none of 0 pairs is a contradiction"


def test_documents_without_a_position_have_no_triples(tmp_path: Path):
    row = {"language": "en", "text": "A ferry carried forty passengers across the bay."}
    write(tmp_path / "raw/reports.en.jsonl", [row, row])

    found = bench(tmp_path, "--stage", "triples")

    why = "no triple of 0 statements in 2 documents"
    parts = ("valid", "contradicts", "leads back", "choice only")
    assert (found.code, found.rows, found.failed) == (0, [], {})
    assert found.skipped == {f"triples {part} en": why for part in parts}
