"""When people's answers are a verdict: the consensus rule. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Outcome(StrEnum):
    """What a set of answers amounts to."""

    WAITING = "waiting"  # too few answers
    AGREED = "agreed"
    DISPUTED = "disputed"  # enough answers, and they differ


@dataclass(frozen=True, slots=True)
class Ballot:
    """One person's answer: a label and the texts that go with it."""

    label: str
    value: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Consensus:
    """The outcome, and the common answer when there is one."""

    outcome: Outcome
    label: str = ""
    value: Mapping[str, str] = field(default_factory=dict)


def consensus(
    ballots: Sequence[Ballot],
    *,
    votes_required: int,
    by_most: bool = False,
    must_match: Sequence[str] = (),
    by_majority: Sequence[str] = (),
    fallback: Mapping[str, str] | None = None,
) -> Consensus:
    """The common answer of at least ``votes_required`` people: all gave the same label, or with ``by_most``
    more than half of them did.

    Texts named in ``must_match`` have to be equal too (spacing aside). For those in ``by_majority`` the most
    common one is taken, case and spacing aside; on a tie the machine's of ``fallback`` if it has one.
    """
    if len(ballots) < votes_required:
        return Consensus(Outcome.WAITING)
    answers: dict[tuple[str, ...], list[Ballot]] = defaultdict(list)
    for ballot in ballots:
        texts = (_same(ballot.value.get(name, "")) for name in must_match)
        answers[ballot.label, *texts].append(ballot)
    ballots = max(answers.values(), key=len)
    if len(answers) > 1 and not (by_most and 2 * len(ballots) > sum(map(len, answers.values()))):
        return Consensus(Outcome.DISPUTED)
    first = ballots[0]
    value = {name: first.value[name] for name in must_match if first.value.get(name)}
    for name in by_majority:
        chosen = _most_common([ballot.value.get(name, "") for ballot in ballots], (fallback or {}).get(name))
        if chosen:
            value[name] = chosen
    return Consensus(Outcome.AGREED, first.label, value)


def _same(text: str) -> str:
    return " ".join(text.split())


def _most_common(texts: Sequence[str], fallback: str | None) -> str:
    """The most common text in its most common spelling; on a tie ``fallback``, else the one given first."""
    counts = Counter(_same(text).casefold() for text in texts)
    top = max(counts.values())
    best = [folded for folded, count in counts.items() if count == top]
    if len(best) > 1 and fallback is not None:
        return fallback
    spellings = Counter(_same(text) for text in texts if _same(text).casefold() == best[0])
    return spellings.most_common(1)[0][0]
