"""Attribution by rules: the article around the statement, its outlet and its recorded speaker decide.

Nothing becomes official for want of another answer: without a reason the source stays unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from pipeline.attribution.offices import holds_office
from pipeline.attribution.reports import report_at
from pipeline.attribution.speech import Speech, speech_at
from pipeline.records import Attribution, Judgement, OutletKind, SourceType, StatementRecord
from pipeline.stage import Result, Scope
from pipeline.text.lexicon import Lexicon
from pipeline.text.profile import LanguageProfile, UnknownLanguageError, profile, profiles_digest

REVISION = 4
# About two in three named speakers were right on hand-annotated German news; other languages are unmeasured.
_DIRECT = 0.7
# Half of the sentences with a cue and a speaker, outside quotation marks, were others' words.
_REPORTED = 0.55
_FREE = 0.6
_OFFICE = 0.55  # quoted in the press: whether for the state, people must say
_NEAR = 600  # characters on either side of a passage in which its speaker may be given a title
# Outlets whose texts pass on what others say; elsewhere "should" is the author's own word.
_OTHERS_SPEAK = frozenset({OutletKind.PRESS, OutletKind.UNKNOWN})


class AttributionRules:
    """Stage[StatementRecord, Attribution]: quoted (and by whom), official or unknown."""

    name = "attribution"
    scope = Scope.ITEM

    def __init__(self) -> None:
        self.version = f"rules-{REVISION}+{profiles_digest()}"

    def run(self, items: Iterable[StatementRecord]) -> Iterator[Result[Attribution]]:
        """One attribution per statement; a span outside its document or an unknown language is an error."""
        for item in items:
            start, end = item.span
            if not 0 <= start < end <= len(item.document.text):
                yield Result(item.key, error=f"span {item.span} is not inside document {item.document.key}")
                continue
            try:
                yield Result(item.key, (attribute(item),))
            except UnknownLanguageError as error:
                yield Result(item.key, error=str(error))


def attribute(item: StatementRecord) -> Attribution:
    """Decides one statement: words reported from somebody first, then who the document speaks for."""
    document = item.document
    facts = profile(document.language)
    speech = speech_at(document.text, *item.span, document.language)
    if speech is not None:
        reported = _reported(speech, item)
        if reported is not None:
            return reported
    if not document.speaker and document.outlet_kind in _OTHERS_SPEAK:
        report = report_at(document.text, *item.span, document.language)
        if report is not None and report.speaker:
            reason = f"{report.form} speech: {report.speaker}"
            if holds_office(report.speaker, _around(item), document.language):
                return _office_holder(SourceType.QUOTED, _FREE, reason, report.speaker)
            return _attribution(SourceType.QUOTED, _FREE, reason, report.speaker)
    return _own_words(item, facts)


def _around(item: StatementRecord) -> str:
    """The evidence and what stands near it in the document, where its speaker may be given a title."""
    start, end = item.span
    return item.document.text[max(0, start - _NEAR) : end + _NEAR]


def _reported(speech: Speech, item: StatementRecord) -> Attribution | None:
    """For words the text puts in somebody's mouth; None when that somebody is the document's own voice."""
    document = item.document
    form = "direct" if speech.direct else "reported"
    if not speech.speaker:
        return _attribution(
            SourceType.UNKNOWN, 0.5, "inside quotation marks, but no speaker is named near them"
        )
    if document.speaker and _same_person(speech.speaker, document.speaker):
        return None
    reason = f"{form} speech: {speech.speaker} ({speech.cue})"
    if holds_office(speech.speaker, _around(item), document.language):
        if document.outlet_kind is OutletKind.GOVERNMENT:
            return _office_holder(
                SourceType.OFFICIAL, 0.75, f"{reason}, in a government outlet", speech.speaker
            )
        return _office_holder(SourceType.QUOTED, _OFFICE, reason, speech.speaker)
    if speech.inferred:
        return _attribution(SourceType.QUOTED, 0.55, f"{reason}, named earlier", speech.speaker)
    return _attribution(SourceType.QUOTED, _DIRECT if speech.direct else _REPORTED, reason, speech.speaker)


def _own_words(item: StatementRecord, facts: LanguageProfile) -> Attribution:
    """For words the document speaks itself: the kind of its outlet and its recorded speaker decide."""
    document = item.document
    speaker = document.speaker or item.speaker
    kind = document.outlet_kind
    if kind is OutletKind.GOVERNMENT:
        return _attribution(
            SourceType.OFFICIAL, 0.93, f"own words of a government outlet: {document.outlet}", speaker
        )
    if kind is OutletKind.PARTY:
        named = speaker or document.outlet
        return (
            _attribution(SourceType.QUOTED, 0.9, f"own words of a party: {named}", named)
            if named
            else _nobody(kind)
        )
    if not speaker:
        return _nobody(kind)
    executive = holds_office(speaker, speaker, document.language)
    if _has(facts.declaration, document.title, facts) and (executive or kind is OutletKind.PARLIAMENT):
        return _office_holder(
            SourceType.OFFICIAL, 0.7, f"declaration of a government: {document.title[:80]}", speaker
        )
    if kind is OutletKind.PARLIAMENT:
        return _attribution(SourceType.QUOTED, 0.93, f"recorded speaker in parliament: {speaker}", speaker)
    if executive:
        return _office_holder(SourceType.OFFICIAL, 0.75, f"recorded speaker: {speaker}", speaker)
    return _attribution(SourceType.QUOTED, 0.85, f"recorded speaker of the document: {speaker}", speaker)


def _nobody(kind: OutletKind) -> Attribution:
    return _attribution(
        SourceType.UNKNOWN, 0.65, f"no quotation, no cue verb and no recorded speaker ({kind} outlet)"
    )


def _attribution(source: SourceType, confidence: float, rationale: str, speaker: str = "") -> Attribution:
    return Attribution(Judgement(source, confidence, rationale), speaker)


def _office_holder(source: SourceType, confidence: float, rationale: str, speaker: str) -> Attribution:
    marked = f"{rationale}; holds an executive office, may speak for the state"
    return replace(_attribution(source, confidence, marked, speaker), is_office_holder=True)


def _has(lexicon: Lexicon, text: str, facts: LanguageProfile) -> bool:
    return lexicon.has(facts.fold(text), text)


def _same_person(first: str, second: str) -> bool:
    """Whether one name holds the other's last word (family name); for Chinese, the other name whole."""
    if first in second or second in first:
        return True
    return first.split()[-1].casefold() == second.split()[-1].casefold()
