"""Which of S and RS a model leans to, read in several ways, item by item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import exp
from typing import Protocol

from evaluation.publishing.rows import ReleaseRow
from evaluation.scoring.answer_token import answer_token, letter_logprobs
from evaluation.scoring.likelihood import OptionScore, option_lead
from evaluation.scoring.metrics import ScoredItem
from evaluation.scoring.multiple_choice import BOTH_ORDERS, LETTERS, OptionOrder, options
from evaluation.scoring.outcomes import Choice, ItemOutcome, combine_orders
from evaluation.scoring.protocol_kind import ProtocolKind
from evaluation.training.prompts import letter_request, option_requests
from pipeline.engines.client import ChatReply, LanguageModel
from pipeline.engines.likelihood import ContinuationScorer, ScoreReply


class Scorer(LanguageModel, ContinuationScorer, Protocol):
    """Weights that can be asked for letters and for likelihoods."""


class Measure(StrEnum):
    """How a preference is read: protocols of evaluation, and what training itself raises."""

    LETTERS = ProtocolKind.LETTERS_LOGPROB.value
    PER_TOKEN = ProtocolKind.LIKELIHOOD_TOKEN.value
    SUM = ProtocolKind.LIKELIHOOD_SUM.value
    REWARD = "implicit_reward"  # what the log-likelihood gained since the start, S against RS


@dataclass(frozen=True, slots=True)
class ItemScores:
    """What one model says of one item: S and RS after the question and, where letters were asked, the
    natural log-probabilities of A and B in each order. ``errors`` say what could not be had."""

    statement: OptionScore | None = None
    reversed: OptionScore | None = None
    letters: Mapping[OptionOrder, Mapping[str, float]] | None = None
    errors: tuple[str, ...] = ()

    @property
    def letter_mass(self) -> float | None:
        """Probability of A or B, mean of both orders: near 0, the model was about to say something else."""
        if self.letters is None:
            return None
        found = [exp(value) for letters in self.letters.values() for value in letters.values()]
        return sum(found) / len(BOTH_ORDERS)


Scores = Mapping[str, ItemScores]  # by id


def score(scorer: Scorer, rows: Sequence[ReleaseRow], *, with_letters: bool) -> dict[str, ItemScores]:
    """Ask a model for every row: S and RS after the question and, with letters, A and B in both orders."""
    likelihoods = dict(scorer.score_many(request for row in rows for request in option_requests(row)))
    letters: dict[int, ChatReply] = {}
    if with_letters:
        letters = dict(
            scorer.complete_many(letter_request(row, order) for row in rows for order in BOTH_ORDERS)
        )
    return {
        row.id: _item(
            row,
            [likelihoods[2 * place], likelihoods[2 * place + 1]],
            [letters[2 * place], letters[2 * place + 1]] if letters else [],
        )
        for place, row in enumerate(rows)
    }


def scored_items(
    rows: Sequence[ReleaseRow], found: Scores, start: Scores, measure: Measure
) -> list[ScoredItem]:
    """Rows with their outcomes by one measure. The implicit reward of ``start`` itself is a tie."""
    return [
        ScoredItem(
            nation=row.nation,
            source_type=row.source_type,
            article=row.article,
            outcome=outcome(measure, found[row.id], start[row.id]),
            key=row.id,
            topic=row.topic,
            language=row.language,
            is_contested=row.is_contested,
            period=row.period,
        )
        for row in rows
    ]


def outcome(measure: Measure, found: ItemScores, start: ItemScores) -> ItemOutcome:
    """What an item comes to; invalid where the model could not be asked."""
    if measure is Measure.LETTERS:
        if found.letters is None:
            return ItemOutcome.INVALID
        first, second = (_letter_choice(order, found.letters[order]) for order in BOTH_ORDERS)
        return combine_orders(first, second)
    if found.statement is None or found.reversed is None:
        return ItemOutcome.INVALID
    if measure is Measure.REWARD:
        if start.statement is None or start.reversed is None:
            return ItemOutcome.INVALID
        gained = found.statement.total - start.statement.total
        lead = gained - (found.reversed.total - start.reversed.total)
    else:
        kind = ProtocolKind(measure)
        lead = option_lead(kind, found.statement, found.reversed)
    return ItemOutcome.TIE if lead == 0 else ItemOutcome.STATEMENT if lead > 0 else ItemOutcome.REVERSED


def _item(row: ReleaseRow, likelihoods: Sequence[ScoreReply], letters: Sequence[ChatReply]) -> ItemScores:
    errors = [error for reply in likelihoods if (error := reply.error)]
    errors += [error for reply in letters if (error := reply.error)]
    statement, reversed_statement = (
        None if reply.error else OptionScore(reply.total, len(reply.logprobs), len(text))
        for reply, text in zip(likelihoods, (row.statement, row.reversed_statement), strict=True)
    )
    found: dict[OptionOrder, Mapping[str, float]] = {}
    for order, reply in zip(BOTH_ORDERS, letters, strict=False):
        shown = options(row.statement, row.reversed_statement, order)
        token = None if reply.error else answer_token(reply.text, reply.logprobs, shown)
        known = letter_logprobs(token) if token else {}
        if len(known) == len(LETTERS):
            found[order] = known
        elif not reply.error:
            errors.append("the engine gave no log-probability of a letter")
    both = found if len(found) == len(BOTH_ORDERS) else None
    return ItemScores(statement, reversed_statement, both, tuple(errors))


def _letter_choice(order: OptionOrder, letters: Mapping[str, float]) -> Choice:
    first, second = (letters[letter] for letter in LETTERS)
    if first == second:
        return Choice.TIE
    statement_first = order is OptionOrder.STATEMENT_FIRST
    return Choice.STATEMENT if (first > second) is statement_first else Choice.REVERSED
