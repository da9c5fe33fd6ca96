"""Writes a tiny folder of labelled data in the layout the quality bench reads."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from tests.benchmarks.texts import (
    DOCUMENTS,
    INFERENCES,
    LABELS,
    LANGUAGES,
    QUESTIONS,
    YES,
    about,
    article,
    claim,
    report,
)

Rows = list[dict[str, Any]]
COUNTRIES = {"en": "GB", "de": "DE", "fr": "FR", "zh": "CN"}
VALUES = ("Justice", "Freedom", "Harmony")
ENGLISH = (
    "uk_commons_motions.en.jsonl.gz",
    "uk_pm_speeches.en.jsonl",
    "un_general_debate.en.jsonl.gz",
    "us_presidential_speeches.en.jsonl.gz",
    "us_white_house.en.jsonl.gz",
)
SECTIONS = ("politics", "travel", "sports")


def make_folder(folder: Path) -> Path:
    """Writes every file of the layout; returns the folder."""
    for name, rows in contents().items():
        write(folder / name, rows)
    return folder


def contents() -> dict[str, Rows]:
    """Rows of each file by its name in the folder."""
    return {
        **{f"raw/{name}": _documents("en")[number::5] for number, name in enumerate(ENGLISH)},
        "raw/de_bundestag.de.jsonl.gz": _documents("de"),
        "raw/fr_wikinews.fr.jsonl": _documents("fr"),
        "raw/cn_gov_reports.zh.jsonl.gz": _documents("zh"),
        "raw/fr_assemblee_mariage.fr.jsonl.gz": _debate(),
        "gold/parallel_pud.en-fr-de-zh.jsonl": _parallel(),
        "gold/topics_10kgnad.de.jsonl": _sections(["de"]),
        "gold/topics_sib200.en-fr-de-zh.jsonl": _sections(LANGUAGES),
        "gold/value_labels_csv.zh.jsonl.gz": _valued(),
        "gold/quotes_wikinews.de.jsonl": [_news(number) for number in range(8)],
        "gold/xnli.en-fr-de-zh.jsonl.gz": _inferences(LANGUAGES),
        "gold/ocnli_5labels.zh.jsonl": [*_inferences(["zh"]), _undecided()],
        "gold/rte3_french.fr.jsonl": _inferences(["fr"]),
        "gold/pawsx.en-fr-de-zh.jsonl": _paraphrases(),
        "benchmarks/value_consistency.en-de-zh.jsonl": _questions(),
    }


def write(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    """JSON Lines, gzipped where the name says so."""
    write_lines(path, [json.dumps(row, ensure_ascii=False).encode() for row in rows])


def write_lines(path: Path, lines: Sequence[bytes], end: bytes = b"\n") -> None:
    """Lines as they are."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = b"".join(line + end for line in lines)
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)


def read_lines(path: Path) -> list[bytes]:
    """Lines of a file, without their ends."""
    content = path.read_bytes()
    return (gzip.decompress(content) if path.suffix == ".gz" else content).splitlines()


def _document(name: str, language: str, text: str, **more: Any) -> dict[str, Any]:
    known = {"country": COUNTRIES[language], "language": language, "outlet": "Invented", "title": None}
    return {"id": name, **known, "date": "2024-05-01", "url": None, "text": text, "licence": "none", **more}


def _documents(language: str) -> Rows:
    return [_document(f"raw-{language}-{i}", language, article(i, language)) for i in range(DOCUMENTS)]


def _debate() -> Rows:
    """130 short speeches of ten speakers; the last of them did not vote."""
    sides = (
        ("pour", "Je soutiens cette bonne loi, elle est juste pour les {who} de {where}, point {n}."),
        ("contre", "Je refuse cette loi dangereuse, elle menace les {who} de {where}, point {n}."),
    )  # fmt: skip
    found = []
    for number in range(130):
        vote, said = sides[number % 2]
        text = said.format(n=number, **about(number, "fr"))
        found.append(
            _document(f"debate-{number}", "fr", text, speaker=f"Camille Aubry {number % 10}", vote=vote)
        )
    return [*found, _document("debate-x", "fr", "Je ne sais pas.", speaker="Dominique Roche", vote=None)]


def _parallel() -> Rows:
    return [
        {"id": f"pud-{i}", "domain": "news", **{code: report(i, code) for code in LANGUAGES}}
        for i in range(12)
    ]


def _sections(languages: Sequence[str]) -> Rows:
    said = (claim, report, lambda i, code: report(i, code, 2))
    return [
        {"id": f"topic-{i}", "language": code, "label": SECTIONS[i % 3], "text": said[i % 3](i, code)}
        for code in languages
        for i in range(DOCUMENTS)
    ]


def _valued() -> Rows:
    """152 passages, half of them with a value."""
    return [
        _document(
            f"value-{i}", "zh", f"第{i}条：{claim(i, 'zh') if i % 2 else report(i, 'zh')}",
            values=dict.fromkeys(VALUES, 0) | ({VALUES[i % 3]: 1, "Justice": 2} if i % 2 else {}),
        )
        for i in range(152)
    ]  # fmt: skip


def _news(number: int) -> dict[str, Any]:
    """An article of the four kinds of quotations, with the places where they stand."""
    who = "{who} in {where}".format(**about(number, "de"))
    text, quotes = "", []
    for kind, before, quote, after, speaker in (
        ("Direct", "Ministerin Erna Vogt sagte: „", f"Wir schützen die Würde der {who}", ".“ ", "Erna Vogt"),
        ("", report(number, "de"), "", " ", ""),
        ("Indirect", "Sprecher Kurt Lenz erklärte, ", f"den {who} drohe Not", ". ", "Kurt Lenz"),
        ("FreeIndirect", "", f"Der Staat müsse die {who} entlasten.", " ", "Kurt Lenz"),
        ("Reported", "", f"Paula Stein kritisierte die Politik für die {who}.", " ", "Paula Stein"),
        ("", report(number, "de", 1), "", "", ""),
    ):  # fmt: skip
        begin = len(text) + len(before)
        text += before + quote + after
        if kind:
            spans = [{"begin": begin, "end": begin + len(quote)}]
            quotes.append({"type": kind, "quote": quote, "quote_spans": spans, "speaker": speaker})
    return _document(f"news-{number}", "de", text, quotes=quotes, source_split="dev")


def _inferences(languages: Sequence[str]) -> Rows:
    return [
        {
            "id": f"pair-{label}", "language": code, "premise": INFERENCES[code][0], "hypothesis": other,
            "label": label, "annotator_labels": [label] * 5, "genre": "news", "premise_id": "1", "task": "IE",
        }
        for code in languages
        for label, other in zip(LABELS, INFERENCES[code][1:], strict=True)
    ]  # fmt: skip


def _undecided() -> dict[str, Any]:
    return _inferences(["zh"])[0] | {"id": "pair-x", "label": "-"}


def _paraphrases() -> Rows:
    return [
        {
            "id": f"para-{i}", "language": code, "sentence1": claim(i, code),
            "sentence2": claim(i, code) if i % 2 else report(i, code), "paraphrase": i % 2,
        }
        for code in LANGUAGES
        for i in range(8)
    ]  # fmt: skip


def _questions() -> Rows:
    found = []
    for code, (asked, again, another, opposite) in QUESTIONS.items():
        yes, no = YES[code]
        for number in range(3):
            for question, original, side in (
                (asked, asked, ("supports", "opposes")),
                (again, asked, ("supports", "opposes")),
                (another, another, ("supports", "opposes")),
                (opposite, opposite, ("opposes", "supports")),
            ):
                named = about(number, code)
                found.append(
                    {
                        "id": f"question-{len(found)}", "set": "controversial", "language": code,
                        "country": COUNTRIES[code], "topic": f"topic {number}",
                        "topic_english": f"topic {number}",
                        "question": question.format(**named), "original": original.format(**named),
                        "original_english": "", "is_rephrase": question != original,
                        "options": {yes: side[0], no: side[1]},
                    }
                )  # fmt: skip
    return found
