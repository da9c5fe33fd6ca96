"""The quality bench on folders with missing, empty, broken and lopsided files: what is wrong is told, and the
rest is measured."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.folder import Rows, contents, read_lines, write, write_lines
from tests.benchmarks.running import Found, bench, figures

# The stage each file is for, the datasets that hang on it, and the fields without which a row is of no use.
FILES: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "gold/topics_10kgnad.de.jsonl": ("topics", ("10kgnad",), ("language", "text", "label")),
    "gold/topics_sib200.en-fr-de-zh.jsonl": ("topics", ("sib200",), ("language", "text", "label")),
    "gold/value_labels_csv.zh.jsonl.gz": (
        "screening",
        ("value_labels any", "value_labels named", "value_labels learned"),
        ("language", "text", "values"),
    ),
    "gold/quotes_wikinews.de.jsonl": (
        "attribution",
        (
            "quotes direct", "quotes indirect", "quotes free indirect", "quotes reported", "quotes speaker",
            "quotes sentences",
        ),
        ("language", "text", "quotes"),
    ),
    "gold/xnli.en-fr-de-zh.jsonl.gz": (
        "conflicts", ("xnli",), ("language", "premise", "hypothesis", "label"),
    ),
    "gold/ocnli_5labels.zh.jsonl": (
        "conflicts", ("ocnli",), ("language", "premise", "hypothesis", "label"),
    ),
    "gold/rte3_french.fr.jsonl": ("conflicts", ("rte3",), ("language", "premise", "hypothesis", "label")),
    "gold/pawsx.en-fr-de-zh.jsonl": (
        "conflicts", ("pawsx",), ("language", "sentence1", "sentence2", "paraphrase"),
    ),
    "benchmarks/value_consistency.en-de-zh.jsonl": (
        "conflicts",
        ("value_consistency same", "value_consistency"),
        ("language", "country", "topic", "question", "original"),
    ),
    "raw/fr_assemblee_mariage.fr.jsonl.gz": (
        "stance",
        (
            "debate speeches", "debate speakers", "debate speeches, learned", "debate speakers, learned",
        ),
        ("language", "text", "speaker"),
    ),
    "gold/parallel_pud.en-fr-de-zh.jsonl": ("language", ("pud",), ()),
}  # fmt: skip
FORMS = ("direct", "indirect", "free indirect", "reported")
each_file = pytest.mark.parametrize("name", FILES)


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    """A folder to spoil."""
    return Path(shutil.copytree(folder, tmp_path / "copy"))


def of_stage(whole: Found, stage: str, *, without: tuple[str, ...] = ()) -> list[tuple[Any, ...]]:
    """What the sound folder says of a stage."""
    return figures(row for row in whole.rows if row["stage"] == stage and row["dataset"] not in without)


def named(name: str) -> str:
    """A file as the bench names it."""
    return name.removesuffix(".gz")


@each_file
def test_missing_file_is_told_and_the_others_are_measured(whole: Found, copy: Path, name: str):
    stage, datasets, _ = FILES[name]
    (copy / name).unlink()

    found = bench(copy, "--stage", stage)

    assert (found.code, found.skipped, found.failed) == (0, {named(name): "missing"}, {})
    assert found.figures == of_stage(whole, stage, without=datasets)


@each_file
def test_empty_file_is_told_and_the_others_are_measured(whole: Found, copy: Path, name: str):
    stage, datasets, _ = FILES[name]
    write_lines(copy / name, [])

    found = bench(copy, "--stage", stage)

    assert (found.code, found.skipped, found.failed) == (0, {named(name): "empty"}, {})
    assert found.figures == of_stage(whole, stage, without=datasets)


@each_file
def test_broken_rows_are_told_by_line_and_the_others_are_measured(whole: Found, copy: Path, name: str):
    # Blank lines, a byte order mark and carriage returns do no harm.
    stage, _, fields = FILES[name]
    lines = read_lines(copy / name)
    broken = [(b'{"id": "cut of', "no JSON object"), (b'["a list"]', "no JSON object")]
    for field in fields:
        row = json.loads(lines[0])
        broken.append((json.dumps(row | {field: {"of": ["a", 7]}}).encode(), f"no usable {field}"))
        del row[field]
        broken.append((json.dumps(row).encode(), f"no usable {field}"))
    spoiled = [b"\xef\xbb\xbf" + lines[0], b"", *(line for line, _ in broken), b"   ", *lines[1:]]
    write_lines(copy / name, spoiled, end=b"\r\n")

    found = bench(copy, "--stage", stage)

    told = [f"line {number}: {why}" for number, (_, why) in enumerate(broken, 3)]
    more = ["and more"] if len(told) > 10 else []
    said = "; ".join([f"broken rows: {len(broken)}", *told[:10], *more])
    assert (found.code, found.skipped, found.failed) == (0, {named(name): said}, {})
    assert found.figures == of_stage(whole, stage)


def test_gzipped_file_that_was_cut_short_is_told_and_the_others_are_measured(whole: Found, copy: Path):
    path = copy / "gold/xnli.en-fr-de-zh.jsonl.gz"
    path.write_bytes(path.read_bytes()[:40])

    found = bench(copy, "--stage", "conflicts")

    why = "cannot be read to its end: Compressed file ended before the end-of-stream marker was reached"
    assert (found.code, found.skipped, found.failed) == (0, {"gold/xnli.en-fr-de-zh.jsonl": why}, {})
    assert found.figures == of_stage(whole, "conflicts", without=("xnli",))


def test_plain_text_under_a_gzipped_name_is_told(whole: Found, copy: Path):
    path = copy / "gold/xnli.en-fr-de-zh.jsonl.gz"
    path.write_bytes(b'{"language": "en"}\n')

    found = bench(copy, "--stage", "conflicts")

    why = "cannot be read to its end: Not a gzipped file (b'{\"')"
    assert (found.code, found.skipped, found.failed) == (0, {"gold/xnli.en-fr-de-zh.jsonl": why}, {})


@pytest.mark.parametrize("stage", ["language", "duplicates", "triples"])
def test_broken_raw_row_is_told_and_the_others_are_measured(whole: Found, copy: Path, stage: str):
    path = copy / "raw/cn_reports.zh.jsonl.gz"
    lines = read_lines(path)
    other = json.dumps({"language": "es", "text": "Un texto en otra lengua."}).encode()
    blank = json.dumps({"language": "zh", "text": " \n"}).encode()
    write_lines(path, [other, *lines, blank])

    found = bench(copy, "--stage", stage)

    said = "broken rows: 2; line 1: no usable language; line 26: no usable text"
    assert (found.code, found.skipped, found.failed) == (0, {"raw/cn_reports.zh.jsonl": said}, {})
    assert found.figures == of_stage(whole, stage)


@pytest.mark.parametrize("stage", ["language", "duplicates", "triples"])
def test_missing_raw_folder_is_told(whole: Found, copy: Path, stage: str):
    shutil.rmtree(copy / "raw")

    found = bench(copy, "--stage", stage)

    assert (found.code, found.skipped, found.failed) == (0, {"raw": "missing"}, {})
    assert found.figures == of_stage(whole, stage, without=("raw",)) * (stage == "language")


def test_empty_folder_has_every_file_missing(tmp_path: Path):
    found = bench(tmp_path)

    wanted = {named(name) for name in FILES} | {"raw"}
    assert (found.code, found.rows, found.skipped, found.failed) == (
        0, [], dict.fromkeys(wanted, "missing"), {},
    )  # fmt: skip


def test_languages_that_are_absent_leave_the_others_as_they_were(whole: Found, tmp_path: Path):
    for name, rows in contents().items():
        if "pud" in name:
            write(tmp_path / name, [{"id": row["id"], "de": row["de"]} for row in rows])
        else:
            write(tmp_path / name, [row for row in rows if row["language"] == "de"])

    found = bench(tmp_path)

    absent = {named(name): "empty" for name, rows in contents().items() if "de" not in _languages(rows)}
    assert (found.code, found.skipped, found.failed) == (0, absent, {})
    assert found.figures == figures(row for row in whole.rows if row["language"] == "de")


def _languages(rows: Rows) -> set[str]:
    return {row.get("language", "de") for row in rows}


def test_files_of_one_row_are_measured_as_far_as_one_row_goes(tmp_path: Path):
    for name, rows in contents().items():
        write(tmp_path / name, rows[:1])

    found = bench(tmp_path)

    assert (found.code, found.failed) == (0, {})
    assert [(row["stage"], row["dataset"], row["language"], row["metric"]) for row in found.rows] == [
        *(("language", "raw", code, "accuracy") for code in ("de", "en", "fr", "zh")),
        *(("language", "pud", code, "accuracy") for code in ("de", "en", "fr", "zh")),
        *(("topics", "10kgnad", "de", metric) for metric in ("NMI", "ARI")),
        *(("topics", "sib200", "de", metric) for metric in ("NMI", "ARI")),
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
        **{
            f"duplicates {kind} {code}": "1 documents of 300 characters; a third of them gets a copy"
            for code in ("de", "en", "fr", "zh")
            for kind in ("exact", "syndicated", "edited")
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


ONE_CLASS: dict[str, tuple[str, Callable[[dict[str, Any]], bool], dict[str, str], dict[str, float]]] = {
    "no contradiction": (
        "gold/rte3_french.fr.jsonl", lambda row: row["label"] != "contradiction",
        {"conflicts rte3 fr": "none of 2 pairs is a contradiction"}, {},
    ),
    "contradictions only": (
        "gold/rte3_french.fr.jsonl", lambda row: row["label"] == "contradiction", {}, {"rte3": 1.0},
    ),
    "no paraphrase": (
        "gold/pawsx.en-fr-de-zh.jsonl", lambda row: not row["paraphrase"] and row["language"] == "en",
        {"conflicts pawsx en": "none of 4 pairs is a duplicate"}, {},
    ),
    "paraphrases only": (
        "gold/pawsx.en-fr-de-zh.jsonl", lambda row: row["paraphrase"] and row["language"] == "en",
        {}, {"pawsx": 1.0},
    ),
    "no opposed question": (
        "benchmarks/value_consistency.en-de-zh.jsonl",
        lambda row: row["language"] == "en" and "turn away" not in row["question"],
        {"conflicts value_consistency en": "none of 3 pairs is a contradiction"},
        {"value_consistency same": 1.0},
    ),
    "no value": (
        "gold/value_labels_csv.zh.jsonl.gz", lambda row: not any(row["values"].values()),
        {
            "screening any zh": "none of 76 rows is one to be found",
            "screening named zh": "none of 76 passages has one of the twelve values",
            "screening learned zh": "the learned judge has 0 texts of a label for 3 folds",
        }, {},
    ),
    "a value in every passage": (
        "gold/value_labels_csv.zh.jsonl.gz", lambda row: any(row["values"].values()),
        {
            "screening learned zh": "the learned judge has 50 answers ({'False': 33, 'True': 17}); "
            "100 are needed and 15 of each label",
        },
        {"value_labels any": 1.0},
    ),
    "for the bill only": (
        "raw/fr_assemblee_mariage.fr.jsonl.gz", lambda row: row["vote"] == "pour",
        {
            "stance debate, learned fr": "the learned judge has 52 answers ({'True': 52}); "
            "100 are needed and 15 of each label",
        },
        {"debate speeches": 1.0, "debate speakers": 1.0},
    ),
    "against the bill only": (
        "raw/fr_assemblee_mariage.fr.jsonl.gz", lambda row: row["vote"] == "contre",
        {
            "stance debate fr": "none of 65 rows is one to be found",
            "stance debate, learned fr": "the learned judge has 52 answers ({'False': 52}); "
            "100 are needed and 15 of each label",
        }, {},
    ),
    "one section": (
        "gold/topics_10kgnad.de.jsonl", lambda row: row["label"] == "sports", {}, {"10kgnad": 0.0},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", ONE_CLASS)
def test_file_with_one_class_is_measured_as_far_as_it_goes(tmp_path: Path, case: str):
    name, keep, skipped, values = ONE_CLASS[case]
    write(tmp_path / name, [row for row in contents()[name] if keep(row)])

    found = bench(tmp_path, "--stage", FILES[name][0])

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
