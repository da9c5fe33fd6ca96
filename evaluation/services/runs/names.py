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
# After a colon: a name (two letters or more, a digit later), where it is no size, quantization or flavour.
_NAME = re.compile(r"(?!(?:instruct|chat|text|base|fp|bf|int|iq|ft)\b|(?:fp|bf|int|iq)\d)[^\W\d_]{2,}.*\d")


def same_model(one: str, other: str) -> bool:
    """Whether two names may mean one model: provider before ``/`` or ``:``, ``:tag``, ``@revision``, a date
    at the end, case, spaces, dashes and characters that are not seen aside.

    Two sizes of one family told apart by their tag alone count as one model.
    """
    return _core(one) == _core(other)


def look_alike(one: str, other: str) -> bool:
    """Whether two names are hard to tell apart by eye; a tag other than ``:latest`` tells them apart."""
    return _squeezed(_last_part(one)) == _squeezed(_last_part(other))


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
