"""Which language a text is in, and whether that is what its source claims."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

SAMPLE = 2000  # characters read: more changes nothing and costs time
# Languages a text of ours is mistaken for, so that a Dutch text is not forced to be German.
_LOOK_ALIKES = "ja ko es it pt nl da sv no ca ro lb ru ar tr pl cs hu fi el uk hi fa he th id vi la af oc br"
_CONFIDENT = 0.9
_ENOUGH, _PLENTY = 40, 120  # weight of text from which a claim is doubted, a text refused
_FOREIGN_SCRIPT = 12  # the same, where its letters are of no alphabet that the supported languages use
_WIDE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003134f]")
_LATIN_OR_HAN = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff\u3400-\u9fff\uf900-\ufaff]")
_LETTER = re.compile(r"[^\W\d_]")
_NAMES = {
    "chinese": "zh", "mandarin": "zh", "zho": "zh", "chi": "zh", "cmn": "zh",
    "中文": "zh", "汉语": "zh", "cn": "zh",
    "english": "en", "eng": "en", "anglais": "en", "englisch": "en",
    "french": "fr", "fra": "fr", "fre": "fr", "français": "fr", "francais": "fr", "französisch": "fr",
    "german": "de", "deu": "de", "ger": "de", "deutsch": "de", "allemand": "de",
}  # fmt: skip


class LanguageError(ValueError):
    """The text is in a language the platform has no way to read."""


@dataclass(frozen=True, slots=True)
class Identified:
    """Best language (ISO 639-1), its probability, and how much text that rests on (letters; a Han, kana or
    hangul character weighs four)."""

    language: str
    confidence: float
    weight: int


def pipeline_languages() -> frozenset[str]:
    """Languages that have a profile here: the names of the folders of ``pipeline/text/profiles``."""
    folder = Path(__file__).resolve().parent.parent / "text" / "profiles"
    return frozenset(path.name for path in folder.iterdir() if path.is_dir() and len(path.name) == 2)


def claimed_code(claim: str) -> str:
    """ISO code of a claim such as ``en-GB``, ``zh_Hans``, ``German``; empty when it names no language."""
    word = claim.strip().casefold()
    word = _NAMES.get(word) or re.split(r"[-_\s]", word)[0]
    word = _NAMES.get(word, word)
    return word if re.fullmatch(r"[a-z]{2,3}", word) else ""


def identify(text: str, supported: Collection[str]) -> Identified:
    """Language of the first characters of ``text`` among those supported and their look-alikes. Pure."""
    sample = text[:SAMPLE]
    wide = len(_WIDE.findall(sample))
    weight = len(_LETTER.findall(sample)) + 3 * wide
    language, confidence = _identifier(frozenset(supported)).classify(sample)
    return Identified(str(language), float(confidence), weight)


def settle_language(text: str, claim: str, supported: Collection[str], fallback: str) -> tuple[str, bool]:
    """Language to file a text under and whether it contradicts the claim (an ISO code or empty).

    Too little or doubtful text proves nothing: then the claim stands, or without one the best guess if it is
    supported, else ``fallback``. Raises :class:`LanguageError` when the result is not supported.
    """
    found = identify(text, supported)
    sure = found.confidence >= _CONFIDENT
    if sure and found.weight >= _ENOUGH and found.language in supported:
        return found.language, bool(claim) and claim != found.language
    if sure and found.weight >= (_FOREIGN_SCRIPT if _is_in_foreign_script(text) else _PLENTY):
        raise LanguageError(_refusal(found.language, supported))
    if claim:
        if claim not in supported:
            raise LanguageError(_refusal(claim, supported))
        return claim, False
    return (found.language if found.language in supported else fallback), False


def _is_in_foreign_script(text: str) -> bool:
    letters = _LETTER.findall(text[:SAMPLE])
    return 2 * len(_LATIN_OR_HAN.findall(text[:SAMPLE])) < len(letters)


def _refusal(language: str, supported: Collection[str]) -> str:
    return f"language {language} is not supported (supported: {' '.join(sorted(supported))})"


@cache
def _identifier(supported: frozenset[str]) -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(supported.union(_LOOK_ALIKES.split()) & set(identifier.labels))
    return identifier
