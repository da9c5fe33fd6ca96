"""When two names mean one model: for judges, who may not be the candidate, and for names that look alike."""

from __future__ import annotations

import re
import unicodedata

_DATE = re.compile(r"-(?:19|20)\d\d-?\d\d-?\d\d$")
_PROVIDERS = frozenset({"anthropic", "azure", "bedrock", "cohere", "google", "groq", "hf", "huggingface"}) | {
    "meta",
    "ollama",
    "openai",
    "openrouter",
    "together",
    "vertex",
    "xai",
}
# First words of the names of letters; one or more of these may stand in a word.
_MIXED = frozenset({"LATIN", "CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "HANGUL", "BOPOMOFO"})
# Cyrillic and Greek letters that look like Latin ones, as capitals or as small letters, in most typefaces.
_LOOK_LATIN = str.maketrans("авекмнорстухѕіјԁһԛԝѵαβεηζικμνορτυχ", "abekmhopctyxsijdhqwvabehzikmnoptyx")
# After a colon: a name (two letters or more, a digit later), where it is no size, quantization or flavour.
_NAME = re.compile(r"(?!(?:instruct|chat|text|base|fp|bf|int|iq|ft)\b|(?:fp|bf|int|iq)\d)[^\W\d_]{2,}.*\d")


def same_model(one: str, other: str) -> bool:
    """Whether two names may mean one model: provider before ``/`` or ``:``, ``:tag``, ``@revision``, a date
    at the end, case, spaces, dashes and characters that are not seen aside.

    Two sizes of one family told apart by their tag alone count as one model.
    """
    return _core(one) == _core(other)


def look_alike(one: str, other: str) -> bool:
    """Whether two names are hard to tell apart by eye, Cyrillic and Greek letters that look like Latin ones
    included; a tag other than ``:latest`` tells them apart."""
    return _seen(one) == _seen(other)


def _seen(name: str) -> str:
    return _squeezed(_last_part(name)).translate(_LOOK_LATIN)


def mixes_scripts(name: str) -> bool:
    """Whether a word of a name has letters of several scripts, as where a Cyrillic letter stands for a Latin
    one. East Asian scripts are written with each other and with Latin letters, and may be."""
    for word in re.findall(r"[^\W\d_]+", unicodedata.normalize("NFKC", name)):
        found = {unicodedata.name(letter, "").partition(" ")[0] for letter in word}
        if len(found) > 1 and not found <= _MIXED:
            return True
    return False


def has_hidden_character(name: str) -> bool:
    """Whether a name has a character that is not seen: control, format (zero-width, bidirectional), private,
    or a line or paragraph separator."""
    return any(_is_hidden(character) for character in name)


def _core(name: str) -> str:
    plain = _last_part(name).partition("@")[0]
    head, _, tail = plain.partition(":")
    if tail and (head in _PROVIDERS or _NAME.match(tail)):
        head = tail.partition(":")[0]
    return _squeezed(_DATE.sub("", head))


def _last_part(name: str) -> str:
    seen = "".join(
        "-" if unicodedata.category(character) == "Pd" else character
        for character in unicodedata.normalize("NFKC", name)
        if not _is_hidden(character)
    )
    return seen.casefold().strip().removesuffix(":latest").rstrip("/").rsplit("/", 1)[-1]


def _squeezed(name: str) -> str:
    return re.sub(r"[\s_-]+", "", name)


def _is_hidden(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
