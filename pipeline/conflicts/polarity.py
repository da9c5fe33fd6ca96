"""Whether a statement turns round what a passage says: negated where that is not, or by an opposite word."""

from __future__ import annotations

import re

from pipeline.conflicts.lexicon import lexicon
from pipeline.conflicts.reading import Reading, read
from pipeline.conflicts.rules import judge_pair
from pipeline.records import ConflictItem, Relation

_CLAUSE = re.compile(r"[,;:.!?…，；：。！？、]+|\s[–—-]\s")
_AGAINST = (0, -1)  # the first pair of every antonym table is to be for and to be against
_VOUCHES = 0.6  # share of a statement's content words from which a single clause can bear it out


def turns_round(statement: str, passage: str, language: str) -> bool | None:
    """Whether ``statement`` says the opposite of ``passage``, as far as rules see; ``None`` where they doubt.

    A passage of several clauses is judged by those the statement is about, whatever the others negate.
    Rules are sure only of what needs no knowledge of words: the same words with or without a negation, or a
    word in the place of its opposite. ``False`` in a language without word lists.
    """
    if lexicon(language) is None:
        return False
    said, whole = read(statement, language), read(passage, language)
    found = {
        _opposed(statement, clause, language)
        for clause in filter(str.strip, _CLAUSE.split(passage))
        if _is_about(said, whole, read(clause, language))
    }
    if False in found:
        return False
    found.add(_opposed(statement, passage, language))
    return True if True in found else None if None in found else False


def _opposed(statement: str, passage: str, language: str) -> bool | None:
    verdict = judge_pair(
        ConflictItem(1, statement, language, "statement"), ConflictItem(2, passage, language, "passage")
    )
    if verdict.relation is not Relation.CONTRADICTION:
        return False
    said, whole = read(statement, language), read(passage, language)
    is_negated = _is_negative(said, whole) != _is_negative(whole, said)
    written, there = _written_poles(said), _written_poles(whole)
    is_opposite = any((number, -pole) in there for number, pole in written - there)
    if is_negated == is_opposite:  # only where the negations stand differs, or the two cancel out
        return False
    known = whole.content | (said.pole_stems if written <= there else frozenset())
    return True if is_opposite or said.content <= known else None


def _written_poles(reading: Reading) -> frozenset[tuple[int, int]]:
    """Entries of the antonym table as they are written, whatever negates them."""
    return frozenset(
        (number, -pole) if (number, pole) in reading.turned else (number, pole)
        for number, pole in reading.poles
    )


def _is_negative(reading: Reading, other: Reading) -> bool:
    """Whether an odd number of negations stands in it; being against counts as one, beside a text that is
    neither for nor against."""
    is_against = _AGAINST in _written_poles(reading) and not any(
        number == _AGAINST[0] for number, _ in other.poles
    )
    return (reading.negations + reading.is_denied + is_against) % 2 == 1


def _is_about(said: Reading, whole: Reading, clause: Reading) -> bool:
    """Whether a clause holds enough of a statement, and all its words with opposites that the passage has."""
    here = {number for number, _ in said.poles} & {number for number, _ in whole.poles}
    covered = len(said.content & clause.content) >= _VOUCHES * len(said.content)
    return covered and here <= {number for number, _ in clause.poles}
