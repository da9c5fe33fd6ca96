"""Chinese word segmentation: jieba's algorithm over its own dictionary, with word classes, without its cache.

jieba keeps its dictionary as a marshalled file in the machine's shared temporary folder, where anybody may
put one. Reading the dictionary ourselves costs a second, leaves no file, and gives word classes as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

# Word classes of jieba's dictionary that name things: nouns, names, nominal verbs and adjectives, phrases.
NOUN_CLASSES = frozenset({"n", "nz", "ns", "nt", "ng", "nrt", "nr", "nrfg", "vn", "an", "j", "s", "l"})
_CONTENT_CLASSES = NOUN_CLASSES | {"i", "b", "g", "x"}
_NUMBERS = re.compile(r"[第〇零一二三四五六七八九十百千万亿萬億两兩半几幾多数數年月日个個余餘]+")


def new_tokenizer() -> Any:
    """A jieba tokenizer of its own, ready to use; words may be added to it."""
    import logging
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jieba
    jieba.setLogLevel(logging.WARNING)
    tokenizer = jieba.Tokenizer()
    with tokenizer.get_dict_file() as lines:
        tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(lines)
    tokenizer.initialized = True
    return tokenizer


@cache
def _dictionary() -> tuple[Any, dict[str, str]]:
    """A tokenizer and the class of each word."""
    tokenizer = new_tokenizer()
    classes: dict[str, str] = {}
    with tokenizer.get_dict_file() as lines:
        for line in lines:
            word, _, word_class = line.decode("utf-8").split()
            classes[word] = word_class
    return tokenizer, classes


def segments(text: str) -> Iterator[str]:
    """Words and punctuation of a Chinese text, in order. Words the dictionary does not hold, as most of those
    in traditional characters, are found by jieba's character model."""
    tokenizer, _ = _dictionary()
    yield from tokenizer.cut(text, HMM=True)


def is_content_word(word: str) -> bool:
    """Whether a word of two or more characters can name a subject, by its class; unknown words can.

    Plain verbs cannot: in official prose the same few stand in every document."""
    if len(word) < 2 or _NUMBERS.fullmatch(word):
        return False
    return _dictionary()[1].get(word, "x") in _CONTENT_CLASSES


def is_proper_name(word: str) -> bool:
    """Whether the dictionary says a word names a body, a foreigner, or a person by three characters; it takes
    too many common words for shorter names."""
    word_class = _dictionary()[1].get(word, "")
    return word_class in {"nt", "nrt", "nrfg"} or (word_class == "nr" and len(word) == 3)


def is_noun(word: str) -> bool:
    """Whether a word is a noun, a name or a nominal verb in the dictionary; unknown ones count as names."""
    return _dictionary()[1].get(word, "nz") in NOUN_CLASSES
