"""Screening by lexicons: value words say what a text touches, markers whether it takes a position."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from pipeline.records import Judgement, Sensitivity, StatementRecord, TopicRecord
from pipeline.stage import Result, Scope
from pipeline.text.profile import UnknownLanguageError, profile, profiles_digest
from pipeline.text.signals import Signals, signals

REVISION = 1
# Screening a topic looks at this much of each exemplar: enough to know its subject.
_EXEMPLAR_CHARACTERS = 1000


class TopicScreeningRules:
    """Stage[TopicRecord, Judgement]: is the topic's label, keyword list and exemplars about values?"""

    name = "screening"
    scope = Scope.ITEM

    def __init__(self) -> None:
        self.version = f"rules-{REVISION}+{profiles_digest()}"

    def run(self, items: Iterable[TopicRecord]) -> Iterator[Result[Judgement]]:
        """One judgement per topic; a topic in a language without profile is an error of its own."""
        for item in items:
            yield _result(item.key, lambda item=item: judge_topic(item))  # type: ignore[misc]


class StatementScreeningRules:
    """Stage[StatementRecord, Judgement]: does the statement itself express or touch values?"""

    name = "screening"
    scope = Scope.ITEM

    def __init__(self) -> None:
        self.version = f"rules-{REVISION}+{profiles_digest()}"

    def run(self, items: Iterable[StatementRecord]) -> Iterator[Result[Judgement]]:
        """One judgement per statement; a statement in a language without profile is an error of its own."""
        for item in items:
            yield _result(item.key, lambda item=item: judge_statement(item))  # type: ignore[misc]


def judge_topic(topic: TopicRecord) -> Judgement:
    """Judges by the words of label and keywords, and by how many exemplars take a position on values."""
    facts = profile(topic.language)
    own = signals(". ".join((topic.label, *topic.keywords)), facts)
    texts = [signals(text[:_EXEMPLAR_CHARACTERS], facts) for text in topic.exemplars if text.strip()]
    if not own.values and not any(seen.values for seen in texts):
        return _nothing_found(topic.label or topic.keywords or texts)
    speaking = sum(seen.value_weight >= 2 and seen.position_weight > 0 for seen in texts)
    share = speaking / len(texts) if texts else 0.0
    # One word of value among the keywords is weak evidence; exemplars that argue make it strong.
    score = 0.3 * min(own.value_weight, 3.0) / 3 + 0.2 * (own.value_weight >= 1) + 0.45 * share
    merged = _merged([own, *texts])
    return _graded(score, merged, {"exemplars": len(texts), "exemplars_taking_a_position": speaking})


def judge_statement(statement: StatementRecord) -> Judgement:
    """Judges the statement's own words; its document is not consulted."""
    seen = signals(statement.text, profile(statement.language))
    if not seen.values:
        return _nothing_found(statement.text.strip())
    score = 0.25 * min(seen.value_weight, 3.0) + 0.2 * min(seen.position_weight, 2)
    return _graded(score, seen, {})


def _result(key: int, judge: Callable[[], Judgement]) -> Result[Judgement]:
    try:
        return Result(key, (judge(),))
    except UnknownLanguageError as error:
        return Result(key, error=str(error))


def _merged(parts: list[Signals]) -> Signals:
    values: dict[str, list[str]] = {}
    markers: dict[str, list[str]] = {}
    for part in parts:
        for source, target in ((part.values, values), (part.markers, markers)):
            for group, words in source.items():
                target.setdefault(group, []).extend(w for w in words if w not in target.get(group, ()))
    return Signals(values, markers)


def _nothing_found(has_words: object) -> Judgement:
    # An empty text is no evidence of anything; a text without one value word most likely is off topic.
    confidence = 0.85 if has_words else 0.5
    return Judgement(Sensitivity.NOT_SENSITIVE, confidence, "no value words found")


def _graded(score: float, seen: Signals, evidence: dict[str, object]) -> Judgement:
    """Turns a score into a label and a confidence in [0.5, 0.95]; 0.4 is the point of no opinion."""
    markers = sorted(
        {word for group in ("normative", "support", "oppose") for word in seen.markers.get(group, ())}
    )
    rationale = seen.names() + (f" (position: {', '.join(markers[:3])})" if markers else "")
    details = {"values": {group: words[:5] for group, words in seen.values.items()}, **evidence}
    if score >= 0.4:
        return Judgement(
            Sensitivity.SENSITIVE, round(min(0.95, 0.5 + 0.55 * (score - 0.4)), 3), rationale, details
        )
    return Judgement(Sensitivity.NOT_SENSITIVE, round(0.5 + 0.5 * (0.4 - score), 3), rationale, details)
