"""A neutral question about what a statement is about, without saying what it holds."""

from __future__ import annotations

import hashlib
import re
from functools import cache

from pipeline.triples.chinese import segment
from pipeline.triples.lexicon import Lexicon, lexicon, required
from pipeline.triples.reversal import Token, tokenize

LONGEST = 8  # words of a topic
_CLAUSE_END = re.compile(r"[，；：。！？]")
SHORTEST_CLAUSE = 4  # words: what ends before is an opening, not a clause
TOO_MUCH = 0.6  # of a statement in its topic


def make_question(statement: str, language: str) -> str:
    """An open question in ``language`` on the topic of ``statement``; the wording varies with the statement
    (by its digest), never with what it holds. Raises ``ValueError`` for a language without a lexicon."""
    words = required(language)
    topic = find_topic(statement, language) or words.texts["topic_fallback"]
    patterns = words.ordered["questions"]
    digest = hashlib.sha256(statement.encode()).digest()
    return patterns[digest[0] % len(patterns)].replace("{topic}", topic)


def find_topic(statement: str, language: str) -> str:
    """The weightiest run of content words that does not say for or against; "" if there is none.

    Operators, negations, verbs of direction and function words end a run, so polarity stays out. The first
    clause goes first: reasons and conditions that follow it are not what the statement is about.
    """
    words = lexicon(language)
    if words is None:
        return ""
    if language == "zh":
        return _chinese_topic(statement)
    tokens = tokenize(statement)
    runs = _runs(_first_clause(tokens, words), words) or _runs(tokens, words)
    best = max(runs, key=_worth, default=[])
    return statement[best[0].start : best[-1].end] if best else ""


def _worth(run: list[Token]) -> tuple[int, int]:
    """Words that mean something, then letters: of two single words the longer names more."""
    return min(sum(len(token.text) > 3 for token in run), 4), sum(len(token.text) for token in run)


def _first_clause(tokens: list[Token], words: Lexicon) -> list[Token]:
    ends = words.words["subordinators"]
    for position, token in enumerate(tokens):
        if position >= SHORTEST_CLAUSE and (token.is_break or token.low in ends):
            return tokens[:position]
    return tokens


@cache
def _polar(language: str) -> frozenset[str]:
    """Words that would give away a side: operators and verbs of direction, with their opposites."""
    words = required(language)
    found = set(words.words["negations"])
    for name in ("modals", "auxiliaries", "be", "have", "do", "directions", "infinitive_directions"):
        found |= words.words.get(name, frozenset())
        for left, right in words.pairs.get(name, ()):
            found |= {*left, *right.split()}
    return frozenset(found)


@cache
def _stop(language: str) -> frozenset[str]:
    words = required(language)
    names = (
        ("topic_stop", "stop", "subordinators", "verbs", "deeds")
        if language == "zh"
        else ("topic_stop", "verbs")
    )
    return _polar(language).union(*(words.words.get(name, frozenset()) for name in names))


def _runs(tokens: list[Token], words: Lexicon) -> list[list[Token]]:
    stop = _stop(words.language)
    links, openers = words.words["topic_links"], words.words["topic_openers"]
    stems = tuple(words.words["topic_polar_stems"])
    runs: list[list[Token]] = []
    run: list[Token] = []
    for token in tokens:
        low = token.low
        bare = (
            re.sub(r"^(?:[cdjlmnst]|(?:lors|puis|quoi|jus)?qu)'", "", low) if words.language == "fr" else low
        )
        if words.language == "de" and token.text[0].isupper() and low not in words.words["topic_stop"]:
            run.append(token)  # a noun, whatever verb it looks like
            continue
        ends = not token.is_word or len(run) >= LONGEST or low.startswith(stems)
        if ends or ((bare in stop or low in stop) and low not in links | openers):
            runs.append(run)
            run = []
        elif low in links:
            run = [*run, token] if run else ([token] if low in openers else [])
        elif low in openers:
            runs.append(run)
            run = [token]
        else:
            run.append(token)
    runs.append(run)
    trimmed = [_trim(run, links | openers) for run in runs]
    if words.language == "de":
        trimmed = [_to_last_noun(run) for run in trimmed]
    return [run for run in trimmed if any(token.low not in links | openers for token in run)]


def _trim(run: list[Token], light: frozenset[str]) -> list[Token]:
    while run and run[-1].low in light:
        run = run[:-1]
    return run


def _to_last_noun(run: list[Token]) -> list[Token]:
    last = max((i for i, token in enumerate(run) if token.text[0].isupper()), default=-1)
    return run[: last + 1]


def _chinese_topic(statement: str) -> str:
    """Longest run of words outside the stop lists, in the first clause if it has one; half of it where it is
    nearly the statement."""
    first = _CLAUSE_END.split(statement, maxsplit=1)[0]
    best = _chinese_run(first) or _chinese_run(statement)
    if len("".join(best)) > TOO_MUCH * len(statement):
        best = best[(len(best) + 1) // 2 :]
        best = best[1:] if best[:1] == ["的"] else best
    return "".join(best)


def _chinese_run(statement: str) -> list[str]:
    stop = _stop("zh")
    best: list[str] = []
    run: list[str] = []
    for word in [*segment(statement), "\u3002"]:
        if word == "的" and run and len(run) < LONGEST:
            run.append(word)
        elif word in stop or not word[0].isalpha() or len(run) >= LONGEST:
            while run and run[-1] == "的":
                run.pop()
            best = run if len("".join(run)) > len("".join(best)) else best
            run = [] if word in stop or not word[0].isalpha() else [word]
        else:
            run.append(word)
    return best
