"""The word-overlap judge: which position shares more content words with an answer. Weak, and named so."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

from evaluation.scoring.answer_judgement import Verdict

NAME = "word-overlap judge"
_MARGIN = 0.02  # difference of two Dice coefficients below which neither is nearer
_NEGATED = "\0not"
_AFFIRMED = "\0so"

_NEGATION_WORDS = (
    "no not never none nor neither cannot without nothing n't "
    "ne pas jamais aucun aucune rien sans ni "
    "nicht nie niemals kein keine keinen keiner keinem keines ohne weder"
)
_NEGATIONS = frozenset(_NEGATION_WORDS.split())
_ZH_NEGATIONS = frozenset("不没無无非勿未莫")
_SHORT_WORDS = (
    "a an the of to in on at by for and or is are was were be been it its this that these those with as "
    "le la les l un une des du de d au aux et ou est sont être en à que qui ce cette ces il elle son sa ses "
    "der die das den dem des ein eine einen einem einer und oder ist sind im in zu zum zur auf für von mit "
    "es sich als auch n"
)
_FUNCTION_WORDS = frozenset(_SHORT_WORDS.split())
_ZH_FUNCTION = frozenset("的了是在和与及之其而就都也")
_TOKEN = re.compile(r"[^\W_]+(?:['’]t\b)?")
_HAN = re.compile(r"[㐀-鿿豈-﫿]+")


def content_words(text: str) -> frozenset[str]:
    """Words that carry meaning, every negation folded into one mark (or its absence into another).

    Chinese, which writes no spaces, is taken as single and paired characters.
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    words: set[str] = set()
    negated = False
    for run in _HAN.findall(plain):
        negated = negated or any(character in _ZH_NEGATIONS for character in run)
        kept = [character for character in run if character not in _ZH_FUNCTION | _ZH_NEGATIONS]
        words.update(kept)
        words.update(a + b for a, b in pairwise(kept))
    for word in _TOKEN.findall(_HAN.sub(" ", plain)):
        if word in _NEGATIONS or word.endswith(("n't", "n’t")):
            negated = True
        elif word not in _FUNCTION_WORDS:
            words.add(word)
    return frozenset(words | {_NEGATED if negated else _AFFIRMED}) if words else frozenset()


def judge(answer: str, first: str, second: str) -> Verdict:
    """The nearer of two positions by the Dice coefficient of content words; a tie when neither leads."""
    words = content_words(answer)
    lead = _dice(words, content_words(first)) - _dice(words, content_words(second))
    if abs(lead) < _MARGIN:
        return Verdict.TIE
    return Verdict.FIRST if lead > 0 else Verdict.SECOND


def _dice(one: frozenset[str], other: frozenset[str]) -> float:
    shared = one & other
    # Agreeing only in having, or not having, a negation says nothing about the matter.
    if not shared - {_NEGATED, _AFFIRMED}:
        return 0.0
    return 2 * len(shared) / (len(one) + len(other))
