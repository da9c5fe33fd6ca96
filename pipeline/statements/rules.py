"""Statement extraction by lexicons: sentences that tie a value to an obligation, a side or a judgement."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pipeline.records import DocumentRecord, ExtractedStatement
from pipeline.stage import Result, Scope
from pipeline.text.lexicon import Hit
from pipeline.text.profile import LANGUAGES, LanguageProfile, UnknownLanguageError, profile, profiles_digest
from pipeline.text.quotations import quotations
from pipeline.text.sentences import blocks, segmenter, sentences
from pipeline.text.signals import POSITION_MARKERS, WEAK_VALUES

REVISION = 3
DEFAULT_CAP = 12
_SPACES = re.compile(r"\s+")
_SEMICOLON = re.compile(r"\s*[;；]")
# What may follow a claim without a full stop of its own: a semicolon, or the end of its quotation.
_CLOSED = re.compile(r"\s*(?:[;；]|[,，]?\s*[\"”»“’」』])")
_DIGITS = re.compile(r"\d")
_OPEN_START = re.compile(r"^[\s\"“”„«»‘’'「『(\[–—-]*")
_LIST_MARK = re.compile(r"^[(\[‘“\"（]?(?:[一二三四五六七八九十]{1,3}|\d{1,3}|[a-zA-Z]|[ivxlc]{1,6})[.)\]）]")
_STAGE_DIRECTION = re.compile(r"^[(\[（【].*[)\]）】]\.?$", re.DOTALL)
_LINK = " \t\r\n\u00a0\u202f,，"
_COMPLETE = '.!。！"”»“’」』…)）'
# Below this score a sentence names a value but hardly takes a position.
_THRESHOLD = 3.5
_ROOMY = 0.5  # share of the greatest length from which a sentence loses by being long
# Words left out, an editor's note, a reference: the sentence is not whole or not plain prose.
_GAP = re.compile(r"[\[\]{}|]|\(\s*(?:\.\.\.|…)\s*\)|\.\.\.|…\s*\S")


@dataclass(frozen=True, slots=True)
class _Candidate:
    start: int
    end: int
    score: float
    rationale: str


class StatementsRules:
    """Stage[DocumentRecord, ExtractedStatement]: 0 to ``cap`` statements per document, in document order."""

    name = "statements"
    scope = Scope.ITEM

    def __init__(self, cap: int = DEFAULT_CAP) -> None:
        if cap < 1:
            raise ValueError(f"cap must be at least 1, not {cap}")
        self.cap = cap
        borders = {segmenter(language) for language in LANGUAGES} - {"sentencizer"}
        self.version = "+".join([f"rules-{REVISION}", profiles_digest(), *sorted(borders)])

    def run(self, items: Iterable[DocumentRecord]) -> Iterator[Result[ExtractedStatement]]:
        """One result per document; a document in a language without profile is an error of its own."""
        for item in items:
            try:
                yield Result(item.key, tuple(extract(item.text, item.language, self.cap)))
            except UnknownLanguageError as error:
                yield Result(item.key, error=str(error))


def extract(text: str, language: str, cap: int = DEFAULT_CAP) -> list[ExtractedStatement]:
    """The best ``cap`` statements of ``text``: its sentences, or what they quote, white space made single."""
    facts = profile(language)
    folded = facts.fold(text)
    values = list(facts.values.find(folded, text))
    if not values:
        return []
    markers = list(facts.markers.find(folded, text))
    candidates: dict[str, _Candidate] = {}
    longest = facts.statement_length[1]
    for start, end in _sentences_with_both(text, language, values, markers):
        if end - start > longest:
            end = _first_clause(text, start, start + longest) or end
        for first, last in _claims(text, start, end, facts):
            candidate = _judged(
                text, first, last, _inside(values, first, last), _inside(markers, first, last), facts
            )
            if candidate:
                candidates.setdefault(_SPACES.sub(" ", folded[first:last]), candidate)
                break
    best = sorted(candidates.values(), key=lambda found: (-found.score, found.start))[:cap]
    return [
        ExtractedStatement(
            text=_SPACES.sub(" ", text[found.start : found.end]),
            start=found.start,
            end=found.end,
            # A lexicon cannot be surer than this that a sentence stands alone as a position.
            confidence=round(min(0.85, 0.35 + 0.06 * found.score), 3),
            rationale=found.rationale,
        )
        for found in sorted(best, key=lambda found: found.start)
    ]


def _sentences_with_both(
    text: str, language: str, values: list[Hit], markers: list[Hit]
) -> Iterator[tuple[int, int]]:
    """Sentences of the paragraphs that hold a value word and a marker; the others need no segmenting."""
    positions = [hit for hit in markers if any(group in POSITION_MARKERS for group in hit.groups)]
    for start, end in blocks(text):
        if _inside(values, start, end) and _inside(positions, start, end):
            for first, last in sentences(text[start:end], language):
                yield start + first, start + last


def _first_clause(text: str, start: int, limit: int) -> int | None:
    """End of the first clause before a semicolon: a motion is one sentence of many clauses."""
    match = _SEMICOLON.search(text, start, limit)
    return match.start() if match else None


def _claims(text: str, start: int, end: int, facts: LanguageProfile) -> Iterator[tuple[int, int]]:
    """Spans a sentence may state its claim in, best first: its longest quotation, without the marks and who
    said it, then the whole sentence, without a mark whose other half is outside."""
    # The sentence alone: looking back for marks before it would read a long document once a sentence.
    found = quotations(text[start:end], 0, end - start, facts.quotes)
    longest = max(found, key=lambda span: span[1] - span[0], default=None)
    if longest:
        yield _bare(text, start + longest[0] + 1, start + longest[1] - 1)
        yield start, end
        return
    begun = _unclosed(text, start, end, facts)
    if begun is not None:  # the quotation goes on after this sentence
        yield _bare(text, begun, end)
        return
    opening = {marks[0] for marks in facts.quotes}
    closing = {marks[1] for marks in facts.quotes}
    yield _bare(text, start + (text[start] in opening), end - (text[end - 1] in closing))


def _unclosed(text: str, start: int, end: int, facts: LanguageProfile) -> int | None:
    """Where the words begin after an opening mark inside the sentence that it does not close."""
    marks = {opening for opening, closing in facts.quotes if opening != closing}
    found = [at for at in range(start + 1, end) if text[at] in marks]
    return found[-1] + 1 if found else None


def _bare(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without white space at its ends and without a comma before the closing mark."""
    inner = text[start:end]
    return start + len(inner) - len(inner.lstrip()), start + len(inner.rstrip(_LINK))


def _inside(hits: list[Hit], start: int, end: int) -> list[Hit]:
    first = bisect_left(hits, start, key=lambda hit: hit.start)
    last = bisect_left(hits, end, lo=first, key=lambda hit: hit.start)
    return hits[first:last]


def _judged(
    text: str, start: int, end: int, values: list[Hit], markers: list[Hit], facts: LanguageProfile
) -> _Candidate | None:
    """Scores one sentence, or None when it cannot be a statement."""
    shortest, longest = facts.statement_length
    if not values or not shortest <= end - start <= longest or not _well_formed(text, start, end, facts):
        return None
    groups: dict[str, list[Hit]] = {}
    for hit in markers:
        for group in hit.groups:
            groups.setdefault(group, []).append(hit)
    if "procedural" in groups or not any(group in groups for group in POSITION_MARKERS):
        return None
    opening = start + len((_OPEN_START.match(text[start:end]) or [""])[0])
    words = {(hit.start, hit.end): 0.5 if set(hit.groups) <= WEAK_VALUES else 1.0 for hit in values}
    value = min(sum(words.values()), 3.0)
    if value < 1.0:
        return None
    # What is owed or sided with makes a position; an evaluation alone is the weakest of the four.
    position = (
        2.0 * min(len(groups.get("normative", ())), 2)
        + 1.5 * min(len(groups.get("support", ())), 1)
        + 1.5 * min(len(groups.get("oppose", ())), 1)
        + 1.0 * min(len(groups.get("evaluative", ())), 2)
    )
    score = value + min(position, 5.0) + 0.5 * min(len(groups.get("weak", ())), 2)
    score += 0.5 * ("reason" in groups) - 1.5 * ("address" in groups)
    if any(hit.start <= opening for hit in groups.get("dependent", ())):
        score -= 2.5  # leans on the sentence before it
    score -= max(0.0, (end - start) / longest - _ROOMY) * 4.0  # a long sentence says many things
    score -= 1.5 * bool(_GAP.search(text, start, end))
    score -= 0.4 * min(len(_DIGITS.findall(text[start:end])), 6)  # figures are the mark of reports
    if score < _THRESHOLD:
        return None
    named = sorted({group for hit in values for group in hit.groups})
    taken = [hit.word for group in POSITION_MARKERS for hit in groups.get(group, ())][:3]
    return _Candidate(start, end, score, f"{', '.join(named[:3])}; position: {', '.join(taken)}")


def _well_formed(text: str, start: int, end: int, facts: LanguageProfile) -> bool:
    """Whether the sentence is whole: no heading, fragment, question, list item or stage direction."""
    sentence = text[start:end]
    if not sentence or (sentence[-1] not in _COMPLETE and not _CLOSED.match(text, end)):
        return False
    bare = sentence.rstrip('"”»“’」』)） ')
    if (
        not bare
        or bare[-1] in facts.question_marks
        or _LIST_MARK.match(sentence)
        or _STAGE_DIRECTION.match(sentence)
    ):
        return False
    first = _OPEN_START.sub("", sentence)[:1]
    if facts.words_have_spaces and not (first.isupper() or first.isdigit()):
        return False
    letters = sum(char.isalpha() for char in sentence)
    return not facts.words_have_spaces or (letters >= 0.6 * len(sentence) and sentence.upper() != sentence)
