"""The rules engine of the triples stage: one question and one reversed statement per statement."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pipeline.records import StatementRecord, TripleDraft
from pipeline.stage import Result, Scope
from pipeline.triples import chinese, english, french, german
from pipeline.triples.checks import FAILED, check_triple
from pipeline.triples.lexicon import lexicon, lexicons_digest, required
from pipeline.triples.question import make_question
from pipeline.triples.reversal import WRAPPER, Reversal

REVERSERS = {"de": german.reverse, "en": english.reverse, "fr": french.reverse, "zh": chinese.reverse}
REVISION = 3


class TriplesRules:
    """Drafts triples by word lists. Confidence is that of the transformation used, low for a mere wrapper."""

    name = "triples"
    scope = Scope.ITEM

    def __init__(self) -> None:
        self.version = f"rules-{REVISION}+{lexicons_digest()}"

    def run(self, items: Iterable[StatementRecord]) -> Iterator[Result[TripleDraft]]:
        """One draft per statement, lazily; an error for an empty statement or a language without rules."""
        for item in items:
            text = " ".join(item.text.split())
            if not text:
                yield Result(item.key, error="empty statement")
            elif lexicon(item.language) is None:
                yield Result(item.key, error=f"no rules for language {item.language!r}")
            else:
                yield Result(item.key, (draft_triple(text, item.language),))


def draft_triple(statement: str, language: str) -> TripleDraft:
    """Question, reversed statement and checks for a statement in a language that has a lexicon."""
    reversal = reverse_statement(statement, language)
    question = make_question(statement, language)
    checks = check_triple(statement, question, reversal.text, language)
    failed = [name for name, holds in checks.items() if not holds]
    confidence = min(reversal.confidence, FAILED) if failed else reversal.confidence
    why = f"{reversal.change}; fails {', '.join(failed)}" if failed else reversal.change
    return TripleDraft(question, reversal.text, confidence, checks, why)


def reverse_statement(statement: str, language: str) -> Reversal:
    """The denial of ``statement`` in its language; a wrapper of low confidence where no rule applies."""
    found = REVERSERS[language](statement)
    if found is not None and found.text != statement:
        return found
    return Reversal(_wrap(statement, language), "wrapped whole", WRAPPER)


def _wrap(statement: str, language: str) -> str:
    pattern = required(language).texts["wrapper"]
    if language == "zh":
        body = statement.rstrip("。.!?")
        return pattern.replace("{statement}", body) + "。"
    if language == "de":
        return pattern.replace("{statement}", statement)
    first = statement.replace("’", "'").split("'")[0].split(" ")[0]
    if first.casefold() in required(language).words["lowered"]:
        statement = statement[0].lower() + statement[1:]
    elides = statement[:1].casefold() in "aeiouéèêàâîôûh"
    return pattern.replace("{que}", "qu'" if elides else "que ").replace("{statement}", statement)
