"""Quotations of German news: spans by form, and who speaks."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from time import perf_counter

import numpy as np

from benchmarks.quality.data import Data, Record, by_language, document, is_language, is_text
from benchmarks.quality.measures import (
    NothingToMeasureError,
    Part,
    Row,
    f1,
    interval,
    ranking_row,
    share_row,
)
from pipeline.attribution.reports import Form, Report, find_reports
from pipeline.attribution.speech import speaker_of
from pipeline.flow import Engines
from pipeline.records import SourceType, StatementRecord
from pipeline.text.profile import profile
from pipeline.text.sentences import sentences

STAGE = "attribution"
_FILE = "gold/quotes_wikinews.de.jsonl"
_FORMS = {
    "Direct": Form.DIRECT,
    "Indirect": Form.INDIRECT,
    "Reported": Form.REPORTED,
    "FreeIndirect": Form.FREE,
    "IndirectFreeIndirect": Form.FREE,
}
_ENOUGH = 0.5  # of two passages' common length, from which they are the same one
_NAME = re.compile(r"[A-ZÄÖÜ][\w-]+(?:\s+[A-ZÄÖÜ][\w-]+)*")
Spans = tuple[tuple[int, int], ...]


def measure(data: Data, engines: Engines, language: str | None) -> Iterator[Part]:
    """F1 of passages by form and speaker accuracy (both by rules), and sentences as the stage judges them."""
    labelled = data.rows(_FILE, language=is_language, text=is_text, quotes=_are_quotes)
    for code, rows in by_language(labelled, language):
        found = cache(partial(_found, code, rows))
        for form in Form:
            yield f"{form} {code}", partial(_passages, code, rows, form, found)
        yield f"speaker {code}", partial(_speakers, code, rows)
        yield f"sentences {code}", partial(_quoted, engines, code, rows)


def _are_quotes(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(quote, dict)
        and isinstance(quote.get("type"), str)
        and isinstance(quote.get("speaker", ""), str | None)
        and isinstance(quote.get("quote_spans"), list)
        and all(
            isinstance(span, dict)
            and isinstance(span.get("begin"), int)
            and isinstance(span.get("end"), int)
            and 0 <= span["begin"] <= span["end"]
            for span in quote["quote_spans"]
        )
        for quote in value
    )


def _found(language: str, rows: Sequence[Record]) -> tuple[list[list[Report]], float]:
    """The passages of each text, and how long it took."""
    start = perf_counter()
    return [find_reports(row["text"], language) for row in rows], perf_counter() - start


def _spans(quote: Record) -> Spans:
    return tuple((span["begin"], span["end"]) for span in quote["quote_spans"])


def _passages(
    language: str, rows: Sequence[Record], form: Form, found: Callable[[], tuple[list[list[Report]], float]]
) -> Iterator[Row]:
    wanted = [[_spans(quote) for quote in row["quotes"] if _FORMS.get(quote["type"]) is form] for row in rows]
    if not any(wanted):
        raise NothingToMeasureError(f"none of {len(rows)} texts has such a passage")
    reports, seconds = found()
    given = [[((one.start, one.end),) for one in text if one.form is form] for text in reports]
    blind = _baseline(form, rows, language)
    counts = np.array(
        [(len(w), len(g), _matched(w, g)) for w, g in zip(wanted, given, strict=True)], dtype=float
    )
    other = np.array(
        [(len(w), len(g), _matched(w, g)) for w, g in zip(wanted, blind, strict=True)], dtype=float
    )

    def score(counted: np.ndarray) -> float:
        want, got, hit = counted.sum(axis=0)
        return f1(got, hit, want, hit)

    value, low, high = interval(lambda at: score(counts[at]), len(counts))
    want, got, hit = counts.sum(axis=0)
    yield Row(
        STAGE, f"quotes {form}", language, "span F1", int(want), value, low, high,
        {"sentences": score(other)}, seconds=seconds,
        note=f"precision {hit / max(got, 1):.3f}, recall {hit / max(want, 1):.3f}",
    )  # fmt: skip


def _matched(wanted: Sequence[Spans], given: Sequence[Spans]) -> int:
    """Pairs of passages, each used once, that share at least half of their common length."""
    scores = [(_shared(one, other), i, j) for i, one in enumerate(wanted) for j, other in enumerate(given)]
    left: set[int] = set()
    right: set[int] = set()
    for score, i, j in sorted(scores, reverse=True):
        if score >= _ENOUGH and i not in left and j not in right:
            left.add(i)
            right.add(j)
    return len(left)


def _shared(one: Spans, other: Spans) -> float:
    both = sum(max(0, min(b, d) - max(a, c)) for a, b in one for c, d in other)
    union = sum(b - a for a, b in (*one, *other)) - both
    return both / union if union else 0.0


def _baseline(form: Form, rows: Sequence[Record], language: str) -> list[list[Spans]]:
    """Direct: whatever stands between two marks; otherwise every sentence with a word that may be a cue."""
    facts = profile(language)
    cues = set(facts.cues) | set(facts.acts) | set(facts.reported_mood)
    if form is Form.DIRECT:
        return [
            [((m.start(), m.end()),) for m in re.finditer(r"[„\"“»].+?[“\"”«]", row["text"])] for row in rows
        ]
    return [
        [((a, b),) for a, b in sentences(row["text"], language) if cues & set(row["text"][a:b].split())]
        for row in rows
    ]


def _speakers(language: str, rows: Sequence[Record]) -> Iterator[Row]:
    """Whether the speaker named for a labelled passage is the labelled one (pronouns are left out)."""
    pronouns = {word.casefold() for word in profile(language).pronouns}
    hits: list[bool] = []
    blind: list[bool] = []
    articles: list[object] = []
    by_form: defaultdict[str, list[bool]] = defaultdict(list)
    start = perf_counter()
    for article, row in enumerate(rows):
        for quote in row["quotes"]:
            speaker = (quote.get("speaker") or "").strip()
            if not speaker or speaker.casefold() in pronouns or not quote["quote_spans"]:
                continue
            begin, end = quote["quote_spans"][0]["begin"], quote["quote_spans"][-1]["end"]
            named = speaker_of(row["text"], begin, end, language)
            before = _NAME.findall(row["text"][max(0, begin - 300) : begin])
            hits.append(_same(named, speaker))
            blind.append(_same(before[-1] if before else "", speaker))
            by_form[quote["type"]].append(hits[-1])
            articles.append(article)
    seconds = perf_counter() - start
    if not hits:
        raise NothingToMeasureError(f"no passage of {len(rows)} texts has a speaker who is named")
    yield share_row(
        STAGE, "quotes speaker", language, "accuracy", hits,
        baselines={"last name before": float(np.mean(blind))}, clusters=articles, seconds=seconds,
        note=", ".join(f"{form} {np.mean(found):.2f}" for form, found in sorted(by_form.items())),
    )  # fmt: skip


def _quoted(engines: Engines, language: str, rows: Sequence[Record]) -> Iterator[Row]:
    """Sentence by sentence: somebody's words or the paper's own, as the stage itself says it."""
    items: list[StatementRecord] = []
    truth: list[bool] = []
    articles: list[object] = []
    shares: list[float] = []
    for number, row in enumerate(rows):
        article = document(number, row)
        quotes = [span for quote in row["quotes"] for span in _spans(quote)]
        for start, end in sentences(row["text"], language):
            covered = len({at for a, b in quotes for at in range(max(a, start), min(b, end))})
            items.append(StatementRecord(len(items), row["text"][start:end], language, (start, end), article))
            truth.append(covered >= 0.5 * (end - start))
            articles.append(number)
            shares.append(float(any(mark in row["text"][start:end] for mark in '„“”"«»')))
    if not any(truth):
        raise NothingToMeasureError(f"none of {len(truth)} sentences is quoted")
    start_time = perf_counter()
    answers = {
        result.key: result.outputs[0].judgement for result in engines.attribution.run(items) if result.outputs
    }
    seconds = perf_counter() - start_time
    said = [key in answers and answers[key].label == SourceType.QUOTED for key in range(len(items))]
    sure = [answers[key].confidence if key in answers else 0.5 for key in range(len(items))]
    yield ranking_row(
        STAGE, "quotes sentences", language, truth,
        [one if yes else 1 - one for one, yes in zip(sure, said, strict=True)],
        overlap=shares, clusters=articles, confidences=sure,
        correct=[one == other for one, other in zip(said, truth, strict=True)],
        labels=[str(one) for one in said], seconds=seconds,
        note="quoted or not; word overlap is a quotation mark in the sentence",
    )  # fmt: skip


def _same(named: str, wanted: str) -> bool:
    """Whether the shorter name's words are nearly all in the longer one."""
    one, other = (
        {word for word in re.findall(r"\w+", name.casefold()) if len(word) > 3} for name in (named, wanted)
    )
    smaller = min(len(one), len(other))
    return bool(smaller) and len(one & other) >= 0.5 * smaller
