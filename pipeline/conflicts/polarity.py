"""Whether a statement turns round what a passage says: negated where that is not, or by an opposite word."""

from __future__ import annotations

import re

from pipeline.conflicts.lexicon import lexicon
from pipeline.conflicts.reading import Reading, read
from pipeline.conflicts.rules import judge_pair
from pipeline.records import ConflictItem, Relation

_CLAUSE = re.compile(r"[,;:.!?…，；：。！？、]+|\s[–—-]\s")
_VOUCHES = 0.6  # share of a statement's content words from which a single clause can bear it out


def turns_round(statement: str, passage: str, language: str) -> bool:
    """Whether ``statement`` says the opposite of ``passage``, as far as rules see. A passage of several
    clauses is borne out by the one the statement is about, whatever the others negate. ``False`` in a
    language without word lists."""
    if lexicon(language) is None or not _opposed(statement, passage, language):
        return False
    said, whole = read(statement, language), read(passage, language)
    clauses = [clause for clause in _CLAUSE.split(passage) if clause.strip()]
    return not any(
        _bears_out(said, whole, read(clause, language)) and not _opposed(statement, clause, language)
        for clause in clauses
    )


def _opposed(statement: str, passage: str, language: str) -> bool:
    """Judged a contradiction, and not only by where the same number of negations stand."""
    verdict = judge_pair(
        ConflictItem(1, statement, language, "statement"), ConflictItem(2, passage, language, "passage")
    )
    if verdict.relation is not Relation.CONTRADICTION:
        return False
    said, whole = read(statement, language), read(passage, language)
    return _is_negative(said) != _is_negative(whole) or _has_opposite(said, whole)


def _is_negative(reading: Reading) -> bool:
    return (reading.negations + reading.is_denied) % 2 == 1


def _has_opposite(said: Reading, whole: Reading) -> bool:
    return any((number, -pole) in whole.poles for number, pole in said.poles - whole.poles)


def _bears_out(said: Reading, whole: Reading, clause: Reading) -> bool:
    """Whether a clause holds enough of a statement, and all its words with opposites that the passage has."""
    here = {number for number, _ in said.poles} & {number for number, _ in whole.poles}
    covered = len(said.content & clause.content) >= _VOUCHES * len(said.content)
    return covered and here <= {number for number, _ in clause.poles}
