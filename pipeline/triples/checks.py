"""The validity gate of a triple: named checks, each a plain yes or no, for both engines."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import cache, lru_cache

from pipeline.triples.chinese import segment
from pipeline.triples.english import opposites
from pipeline.triples.lexicon import LANGUAGES, Lexicon, lexicon, required
from pipeline.triples.reversal import Token, tokenize

_CJK = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_CONTRACTED = re.compile(r"n['’]t\b|cannot", re.IGNORECASE)
_TITLE = re.compile(r"《[^》]+》|[A-Za-z]{2,}")

FAILED = 0.2  # confidence of a draft that fails a check, at most
SHORTEST, LONGEST = 0.5, 2.0  # length of the reversed statement against the statement's
TOLD = 0.9  # a question with this share of the statement's words tells it


def check_triple(statement: str, question: str, reversed_statement: str, language: str) -> dict[str, bool]:
    """Named validity checks of a triple, ``True`` where it holds. Checks that need word lists pass only what
    can be judged: a language without lists fails ``same_language`` and ``negation_or_antonym_changed``."""
    words = lexicon(language)
    before, after, asked = (_plain(text) for text in (statement, reversed_statement, question))
    return {
        "not_empty": bool(before and after and asked),
        "differs": before != after,
        "same_language": bool(words) and _same_language(statement, reversed_statement, question, language),
        "names_and_numbers_kept": _numbers(statement) == _numbers(reversed_statement)
        and names(statement, language) <= names(reversed_statement, language, every=True),
        "length_ratio": SHORTEST
        <= len(reversed_statement.strip()) / max(len(statement.strip()), 1)
        <= LONGEST,
        "no_double_negation": words is None or not _doubles(statement, reversed_statement, words),
        "question_is_question": question.rstrip().endswith(("?", "\uff1f")),
        "question_does_not_contain_statement": bool(asked)
        and not (_contains(asked, before, language) or _contains(asked, after, language)),
        "question_not_yes_no": words is None or not _asks_yes_no(question, words),
        "negation_or_antonym_changed": words is not None
        and _polarity(statement, words) != _polarity(reversed_statement, words),
    }


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold()))


def _numbers(text: str) -> Counter[str]:
    return Counter(_NUMBER.findall(unicodedata.normalize("NFKC", text)))


def names(text: str, language: str, *, every: bool = False) -> frozenset[str]:
    """Names of a text by its spelling, case-folded. ``every`` adds words that may be names (also at the start
    of a sentence, and all German nouns): what may stand for a name, not what must."""
    if language == "zh":
        words = lexicon("zh")
        known = words.words["names"] if words else frozenset()
        return frozenset(_TITLE.findall(text)) | {name for name in known if name in text}
    tokens = tokenize(text)
    if every:
        return frozenset(token.low for token in tokens if token.is_word)
    lowered = lexicon(language)
    common = lowered.words["lowered"] if lowered and "lowered" in lowered.words else frozenset()
    return frozenset(
        token.low
        for position, token in enumerate(tokens)
        if _is_name(tokens, position, language) and token.low not in common
    )


def _is_name(tokens: list[Token], position: int, language: str) -> bool:
    token = tokens[position]
    if len(token.text) > 1 and token.text.isupper():
        return True
    begins = position == 0 or tokens[position - 1].text in '.!?:«“„"—–'
    if begins or not token.text[0].isupper() or len(token.text) < 2:
        return False
    if language != "de":
        return True
    # German nouns are capitalised: only a run of two or more capitals is taken for a name.
    neighbours = (tokens[position - 1] if position > 1 else None, tokens[position + 1 : position + 2] or None)
    before, after = neighbours
    return bool((before and before.text[0].isupper()) or (after and after[0].text[0].isupper()))


def _same_language(statement: str, reversed_statement: str, question: str, language: str) -> bool:
    cjk = [len(_CJK.findall(text)) / max(len(_plain(text)), 1) for text in (reversed_statement, question)]
    if language == "zh":
        words = lexicon("zh")
        old = frozenset(words.texts["traditional"]) if words else frozenset()
        simplified = not old & set(statement)
        return min(cjk) > 0.3 and not (simplified and old & set(reversed_statement + question))
    return max(cjk) < 0.1 and all(_speaks(text, language) for text in (reversed_statement, question))


def _speaks(text: str, language: str) -> bool:
    """Whether no other language with an alphabet has more of its function words in the text."""
    tokens = set(_plain(text).split())
    hits = {other: len(tokens & _function_words(other)) for other in LANGUAGES if other != "zh"}
    return hits.get(language, 0) == max(hits.values())


@cache
def _function_words(language: str) -> frozenset[str]:
    words = lexicon(language)
    if words is None:
        return frozenset()
    lists = ("topic_stop", "negations", "yes_no", "topic_links", "modals")
    return frozenset().union(*(words.words.get(name, frozenset()) for name in lists))


@cache
def _operators(language: str) -> frozenset[str]:
    """Words of which a clause has one: auxiliaries, in French the first half of the negation."""
    if language == "fr":
        return frozenset(("ne",))
    words = required(language)
    found: set[str] = set()
    for name in ("modals", "auxiliaries", "be", "have", "do"):
        if language != "zh":
            found |= words.words.get(name, frozenset()) | {left[0] for left, _ in words.pairs.get(name, ())}
    return frozenset(found) - words.words["negations"]


@lru_cache(maxsize=4096)
def _clauses(text: str, language: str) -> tuple[tuple[str, ...], ...]:
    """Words per clause: cut at marks, subordinators and second operators."""
    words = required(language)
    if words.language == "zh":
        tokens = [(token, not token[0].isalnum()) for token in segment(text)]
        cuts: frozenset[str] = frozenset()
    else:
        spelled = _CONTRACTED.sub(lambda found: " can not" if found.group()[0] in "cC" else " not", text)
        tokens = [(token.low, token.is_break) for token in tokenize(spelled)]
        cuts = words.words["subordinators"] | words.words["clause_links"]
        if words.language != "de":  # where a relative pronoun is also an article
            cuts |= words.words["relatives"]
    clauses: list[list[str]] = [[]]
    operators = _operators(language)
    has_operator = False
    for token, is_break in tokens:
        is_operator = token in operators or (language == "fr" and token.startswith("n'"))
        if is_break or token in cuts or (is_operator and has_operator):
            clauses.append([])  # a second operator begins another clause
            has_operator = False
        if not is_break and token not in cuts:
            clauses[-1].append(token)
            has_operator = has_operator or is_operator
    return tuple(tuple(clause) for clause in clauses)


def _negations(clause: tuple[str, ...], words: Lexicon) -> int:
    """Negations of a clause; French ``ne ... aucun`` and the like count once."""
    if words.language == "fr":
        has_ne = any(word in {"ne", "n"} or word.startswith(("n'", "ne ")) for word in clause)
        found = sum(word in words.words["negations"] - {"plus", "personne", "point"} for word in clause)
        return max(found, int(has_ne))
    return sum(word in words.words["negations"] for word in clause)


def _doubles(statement: str, reversed_statement: str, words: Lexicon) -> bool:
    if _denies_whole(reversed_statement, words) and not _denies_whole(statement, words):
        return any(_negations(clause, words) for clause in _clauses(statement, words.language))
    before = max(_negations(clause, words) for clause in _clauses(statement, words.language))
    after = max(_negations(clause, words) for clause in _clauses(reversed_statement, words.language))
    return after >= 2 and after > before


@cache
def _polar_words(language: str) -> frozenset[str]:
    words = lexicon(language)
    if words is None:
        return frozenset()
    inflected = frozenset(opposites()) if language == "en" else frozenset()
    return inflected | frozenset(
        token for pairs in words.pairs.values() for left, right in pairs for token in (*left, *right.split())
    )


def _polarity(text: str, words: Lexicon) -> Counter[str]:
    """Operators and polar words of a text with their counts; a wrapper that denies counts as one."""
    found: Counter[str] = Counter()
    table = _polar_words(words.language)
    for clause in _clauses(text, words.language):
        found["negation"] += _negations(clause, words)
        found.update(word for word in clause if word in table)
    found["denied"] += int(_denies_whole(text, words))
    return found


def _denies_whole(text: str, words: Lexicon) -> bool:
    """Whether the text is wrapped in "it is not the case that" or its like."""
    before, after = words.texts["wrapper"].replace("{que}", "").split("{statement}")
    return text.startswith(before.strip()) if len(before) > 1 else after in text


def _contains(question: str, text: str, language: str) -> bool:
    if not text:
        return False
    if text in question or text.replace(" ", "") in question.replace(" ", ""):
        return True
    parts = segment(text) if language == "zh" else text.split()
    content = {part for part in parts if part.strip() and part[0].isalnum()}
    if len(content) < 4:
        return False
    asked = set(segment(question)) if language == "zh" else set(question.split())
    return len(content & asked) / len(content) >= TOLD


def _asks_yes_no(question: str, words: Lexicon) -> bool:
    if words.language == "zh":
        return any(marker in question for marker in words.words["yes_no"])
    tokens = tokenize(question)
    return bool(tokens) and (
        tokens[0].low in words.words["yes_no"]
        or (words.language == "fr" and "est-ce que" in question.casefold()[:11])
    )
