"""Reversing Chinese statements: modals, verbs of direction, 是 and 有, on segmented words."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

from pipeline.embedding.chinese import new_tokenizer
from pipeline.triples.lexicon import Lexicon, required
from pipeline.triples.reversal import DIRECTION, MODAL, PLAIN, VERB, WRAPPER, Reversal

STOPS = frozenset("\uff0c\u3002\uff1b\uff1a\uff01\uff1f\u3001,;:!?\u2014\u2026\n")
JOINTS = frozenset("、和与及并")
LATE = 5  # a verb of direction stands early in its clause; further on it is mostly a noun
CLAUSE_ENDS = STOPS - {"、"}
ADVERBS = frozenset(
    (
        "坚决",
        "坚定",
        "一贯",
        "始终",
        "也",
        "都",
        "还",
        "就",
        "更",
        "更加",
        "继续",
        "进一步",
        "切实",
        "全面",
        "大力",
        "积极",
        "一定",
        "绝",
        "决",
        "尤其",
        "永远",
        "必将",
        "并",
    )
)


@cache
def _segmenter() -> Any:
    """jieba with the operators of the lexicon as words of their own; loaded once, about a second."""
    segmenter = new_tokenizer()
    words = required("zh")
    for name in ("modals", "be", "directions"):
        for left, _ in words.pairs[name]:
            if len(left[0]) > 1 and left[0].startswith(("不", "没", "绝", "决", "无", "并")):
                segmenter.add_word(left[0])
    return segmenter


@lru_cache(maxsize=4096)
def segment(text: str) -> tuple[str, ...]:
    """Words of ``text``; joined they give it back."""
    return tuple(_segmenter().lcut(text))


def reverse(text: str) -> Reversal | None:
    """Deny the main clause of ``text``; ``None`` where no transformation applies cleanly."""
    words = required("zh")
    before, after = words.texts["wrapper"].split("{statement}")
    body = text.rstrip("。")
    if body.startswith(before) and body.endswith(after):
        inner = body[len(before) : -len(after)] + text[len(body) :]
        return Reversal(inner, "without 这一说法不成立", WRAPPER)
    tokens = list(segment(text))
    open_ = _main_clause(tokens, words)
    swaps = {left[0]: right for left, right in words.pairs["modals"]}
    plain = {left[0]: right for left, right in words.pairs["be"]}
    return (
        _swap(tokens, open_, swaps, words, MODAL)
        or _swap(tokens, open_, words.swaps("directions"), words, DIRECTION)
        or _swap(tokens, open_, plain, words, PLAIN)
        or _particle(tokens, open_)
        or _no_longer(tokens, open_, words)
    )


def _main_clause(tokens: list[str], words: Lexicon) -> list[bool]:
    """Which tokens may carry the operator: not those of conditions and purposes, nor of modifiers."""
    open_ = [True] * len(tokens)
    clause_start = 0
    for position, token in enumerate(tokens):
        if token in CLAUSE_ENDS:
            clause_start = position + 1
        elif token in words.words["subordinators"] and position == clause_start:
            end = position
            while end < len(tokens) and tokens[end] not in CLAUSE_ENDS:
                open_[end] = False
                end += 1
            if (
                end == len(tokens) or tokens[end] in "\u3002\uff01\uff1f!?"
            ):  # the only clause there is: it is the main one
                open_[position + 1 : end] = [True] * (end - position - 1)
    return open_


def _swap(
    tokens: list[str], open_: list[bool], swaps: dict[str, str], words: Lexicon, confidence: float
) -> Reversal | None:
    for position, token in enumerate(tokens):
        if token not in swaps or not open_[position] or not _is_predicate(tokens, position, words):
            continue
        new = swaps[token]
        text = "".join([*tokens[:position], new, *tokens[position + 1 :]])
        return Reversal(text, f"{token} -> {new}", confidence)
    return None


def _is_predicate(tokens: list[str], position: int, words: Lexicon) -> bool:
    """Whether the word is the verb of its clause and nothing near it is negated already."""
    following = tokens[position + 1] if position + 1 < len(tokens) else ""
    if following == "" or following in STOPS or following in {"的", "”", "》", "了"}:
        return False
    if following[0] in "不没无" or following in words.words["only"]:
        return False
    if tokens[position] == "是" and position and tokens[position - 1] == "的":
        return True
    previous = position - 1
    while previous >= 0 and tokens[previous] in ADVERBS:
        previous -= 1
    if previous < 0:
        return True
    before = tokens[previous]
    acts = tokens[position] in words.swaps("directions") or tokens[position] in words.words["deeds"]
    if acts and (before in JOINTS or before in {"了", "过", "着"}):
        return False  # one of several verbs, or inside an object
    if acts and (following in JOINTS or position - _clause_start(tokens, position) > LATE):
        return False  # a noun
    if before in words.words["prefixes_of_nouns"] or before in words.words["negations"]:
        return False
    if tokens[position] in words.swaps("directions") and _is_negated(tokens, position, words):
        return False
    rest = tokens[position + 1 :]
    clause = rest[: next((i for i, word in enumerate(rest) if word in CLAUSE_ENDS), len(rest))]
    # "支持改革的人" in front of the verb is a modifier, not the predicate.
    return not (tokens[position] in words.swaps("directions") and "的" in clause[:3] and len(clause) > 4)


def _clause_start(tokens: list[str], position: int) -> int:
    return max((i + 1 for i in range(position) if tokens[i] in CLAUSE_ENDS), default=0)


def _is_negated(tokens: list[str], position: int, words: Lexicon) -> bool:
    """Whether a negation stands before the word in its clause."""
    start = _clause_start(tokens, position)
    return any(token in words.words["negations"] for token in tokens[start:position])


def _particle(tokens: list[str], open_: list[bool]) -> Reversal | None:
    """Take out a bare 不, or 没有 before a verb."""
    for position, token in enumerate(tokens):
        if open_[position] and token in {"不", "未", "没"} and position + 1 < len(tokens):
            text = "".join(tokens[:position] + tokens[position + 1 :])
            return Reversal(text, f"without {token}", PLAIN)
    return None


def _no_longer(tokens: list[str], open_: list[bool], words: Lexicon) -> Reversal | None:
    """ "继续完善" -> "不再继续完善": for sentences without subject that begin with what is to be done."""
    for position, token in enumerate(tokens):
        if token not in words.words["deeds"] or not open_[position]:
            continue
        if position + 1 == len(tokens) or not _is_predicate(tokens, position, words):
            continue
        first = position
        while first > 0 and tokens[first - 1] in ADVERBS:
            first -= 1
        if first and tokens[first - 1] in JOINTS:
            continue
        text = "".join([*tokens[:first], "不再", *tokens[first:]])
        return Reversal(text, f"{token} -> 不再{token}", VERB)
    return None
